/** `api` commands on the channel, as mod_commands.c answers them. */
import { causeNamed } from './causes.ts'
import type { Channel } from './channel.ts'
import { separate } from './separate.ts'
import { toText } from './text.ts'
import { hasVariable, runs } from './variables.ts'

const NO_CHANNEL = '-ERR No such channel!\n'

type Api = (channel: Channel, argument: string) => string

const APIS: Readonly<Record<string, Api>> = {
  uuid_setvar_multi: onChannel(setVariables, '-USAGE: <uuid> <var>=<value>;<var>=<value>...\n'),
  uuid_exists: (channel, argument) => String(argument === channel.who.id),
  uuid_flush_dtmf: flushDigits,
  uuid_break: onChannel(breakOff, '-USAGE: <uuid> [all]\n'),
  uuid_kill: onChannel(kill, '-USAGE: <uuid> [cause]\n'),
  sched_hangup: scheduleHangup,
}

/** Runs `name argument` and returns the body of its answer. What no controller should run is a violation. */
export function runApi(channel: Channel, name: string, argument: string): string {
  const api = Object.hasOwn(APIS, name) ? APIS[name] : undefined
  if (api) return api(channel, argument)
  channel.notes.violate(`executes the API command ${name} ${argument}`)
  return `-ERR ${name} Command not found!\n`
}

/** The first word of these is the channel's UUID. */
function onChannel(api: (channel: Channel, rest: string) => string, usage: string): Api {
  return (channel, argument) => {
    const blank = argument.indexOf(' ')
    const uuid = blank < 0 ? argument : argument.slice(0, blank)
    if (uuid === '') return usage
    if (uuid !== channel.who.id) return NO_CHANNEL
    return api(channel, blank < 0 ? '' : argument.slice(blank + 1))
  }
}

/** At most 64 pairs, the last of which swallows the rest; a value with a variable in it is dropped, silently. */
function setVariables(channel: Channel, rest: string): string {
  let set = 0
  let refused = ''
  for (const pair of separate(rest, ';', 64)) {
    const equals = pair.indexOf('=')
    const name = equals < 0 ? pair : pair.slice(0, equals)
    if (name === '') refused += '-ERR No variable specified\n'
    else {
      setVariable(channel, name, equals < 0 ? '' : pair.slice(equals + 1))
      set += 1
    }
  }
  return set > 0 ? `${refused}+OK\n` : `${refused}-USAGE: <uuid> <var>=<value>;<var>=<value>...\n`
}

/** As switch_channel_set_variable: an empty value unsets, one that holds a variable changes nothing. */
export function setVariable(channel: Channel, name: string, value: string): void {
  if (value !== '' && runs(name)) channel.notes.violate(`sets ${name}, which is executed: ${value}`)
  if (value !== '' && /[^\w.:-]/.test(name))
    channel.notes.violate(`sets a variable with a strange name: ${name}`)
  if (hasVariable(value)) {
    channel.notes.violate(`the value of ${name} holds a variable and is dropped`)
    return
  }
  channel.variables.set(name, value)
  channel.notes.tell({ type: 'set', name: toText(name), value: value === '' ? undefined : toText(value) })
}

function breakOff(channel: Channel, flags: string): string {
  if (flags.includes('all')) channel.queue.length = 0
  channel.waiting.interrupt('break')
  return '+OK\n'
}

function flushDigits(channel: Channel, uuid: string): string {
  if (uuid !== channel.who.id) return '-ERR No such session\n'
  channel.keypad.flush()
  return '+OK\n'
}

function kill(channel: Channel, cause: string): string {
  channel.hangUp(cause === '' ? 'NORMAL_CLEARING' : causeNamed(cause), 'platform')
  return '+OK\n'
}

/** `+SECONDS uuid [cause]` */
function scheduleHangup(channel: Channel, argument: string): string {
  const [when = '', uuid = '', cause = 'ALLOTTED_TIMEOUT'] = separate(argument, ' ', 4)
  if (when === '') return '-USAGE: [+]<time> <uuid> [<cause>]\n'
  if (uuid !== channel.who.id) return NO_CHANNEL
  channel.hangUpAfter(Number.parseInt(when.slice(1), 10) * 1000 || 0, causeNamed(cause))
  return '+OK\n'
}
