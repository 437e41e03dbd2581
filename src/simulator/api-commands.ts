/** `api` commands on the channel, as mod_commands.c answers them. */
import { causeNamed } from './causes.ts'
import type { Channel } from './channel.ts'
import { queueNamed } from './queue.ts'
import { uuidRecord } from './recording.ts'
import { separateString } from './strings.ts'
import { setVariable } from './expansion.ts'

/** No operator lets more callers wait in a full queue. */
const MOST_WAITING = 1000
const NO_CHANNEL = '-ERR No such channel!\n'

type ApiCommand = (channel: Channel, argument: string) => string

const COMMANDS: Readonly<Record<string, ApiCommand>> = {
  uuid_setvar_multi: onChannel(setVariables, '-USAGE: <uuid> <var>=<value>;<var>=<value>...\n'),
  uuid_exists: (channel, argument) => String(argument === channel.profile.id),
  uuid_flush_dtmf: flushDigits,
  uuid_break: onChannel(breakPause, '-USAGE: <uuid> [all]\n'),
  uuid_kill: onChannel(kill, '-USAGE: <uuid> [cause]\n'),
  uuid_record: onChannel(uuidRecord, '-USAGE: <uuid> [start|stop|mask|unmask] <path>\n'),
  sched_hangup: scheduleHangup,
  sched_api: scheduleCommand,
  sched_del: unschedule,
  uuid_recv_dtmf: onChannel(receiveKey, '-USAGE: <uuid> <dtmf_data>[@<tone_duration>]\n'),
  callcenter_config: listQueue,
}

/** Runs `name argument` and returns the body of its answer. What no controller should run is a violation. */
export function runApiCommand(channel: Channel, name: string, argument: string): string {
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (command) return command(channel, argument)
  channel.timeline.violation(`executes the API command ${name} ${argument}`)
  return `-ERR ${name} Command not found!\n`
}

/** API commands that a leg executes at a moment, by how their variables begin (switch_channel.c, switch_channel_api_on). */
export function runCommandsOn(
  moment: 'api_on_answer' | 'api_before_bridge',
  channel: Channel,
  variables: Iterable<readonly [string, string]>,
): void {
  for (const [variable, command] of [...variables]) {
    if (!variable.startsWith(moment)) continue
    const [name = '', ...words] = command.split(' ')
    runApiCommand(channel, name, words.join(' '))
  }
}

/** The first word of these is the channel's UUID. */
function onChannel(command: ApiCommand, usage: string): ApiCommand {
  return (channel, argument) => {
    const blank = argument.indexOf(' ')
    const uuid = blank < 0 ? argument : argument.slice(0, blank)
    if (uuid === '') return usage
    if (uuid !== channel.profile.id) return NO_CHANNEL
    return command(channel, blank < 0 ? '' : argument.slice(blank + 1))
  }
}

/** At most 64 pairs, the last of which swallows the rest; a value that holds a variable is dropped silently. */
function setVariables(channel: Channel, rest: string): string {
  let set = 0
  let refused = ''
  for (const pair of separateString(rest, ';', 64)) {
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

function breakPause(channel: Channel, flags: string): string {
  if (flags.includes('all')) channel.queue.length = 0
  channel.clock.interrupt('break')
  return '+OK\n'
}

function flushDigits(channel: Channel, uuid: string): string {
  if (uuid !== channel.profile.id) return '-ERR No such session\n'
  channel.dtmf.flush()
  return '+OK\n'
}

function kill(channel: Channel, cause: string): string {
  channel.hangUp(cause === '' ? 'NORMAL_CLEARING' : causeNamed(cause), 'platform')
  return '+OK\n'
}

/** `+SECONDS uuid [cause]` */
function scheduleHangup(channel: Channel, argument: string): string {
  const [when = '', uuid = '', cause = 'ALLOTTED_TIMEOUT'] = separateString(argument, ' ', 4)
  if (when === '') return '-USAGE: [+]<time> <uuid> [<cause>]\n'
  if (uuid !== channel.profile.id) return NO_CHANNEL
  channel.hangUpAfter(Number.parseInt(when.slice(1), 10) * 1000 || 0, causeNamed(cause))
  return '+OK\n'
}

/** `+SECONDS group command`: anything but the end of a wait would be executed later, when nobody looks. */
function scheduleCommand(channel: Channel, argument: string): string {
  const { id } = channel.profile
  const [, seconds] = /^\+(\d+) (\S+) (.*)$/.exec(argument) ?? []
  if (argument !== `+${seconds} ${id} uuid_recv_dtmf ${id} w`)
    channel.timeline.violation(`schedules ${argument}`)
  else
    channel.schedule(Number(seconds) * 1000, () => void runApiCommand(channel, 'uuid_recv_dtmf', `${id} w`))
  return '+OK Added: 1\n'
}

function unschedule(channel: Channel, group: string): string {
  if (group !== channel.profile.id) channel.timeline.violation(`takes back what is scheduled for ${group}`)
  channel.unschedule()
  return '+OK Deleted: 1\n'
}

function receiveKey(channel: Channel, key: string): string {
  channel.receiveKey(key)
  return '+OK\n'
}

/** `queue list members NAME` (mod_callcenter.c, cc_config_api_function), in the columns that the table has. */
function listQueue(channel: Channel, argument: string): string {
  const name = /^queue list members (\S+)$/.exec(argument)?.[1]
  if (name === undefined) {
    channel.timeline.violation(`executes callcenter_config ${argument}`)
    return '-ERR Invalid!\n'
  }
  const waiting = queueNamed(channel, name).outcome === 'full' ? MOST_WAITING : 0
  const member = (callerName: string, state: string) =>
    `${name}|single_box||||${callerName}||||||0|0|||${state}|0\n`
  const rows = [
    ...Array.from({ length: waiting }, () => member('', 'Waiting')),
    // Who gave up are members as well for a while, and are called what they like.
    ...Array.from({ length: MOST_WAITING }, () => member('|Waiting|', 'Abandoned')),
  ]
  const columns =
    'queue|instance_id|uuid|session_uuid|cid_number|cid_name|system_epoch|joined_epoch|rejoined_epoch|bridge_epoch|abandoned_epoch|base_score|skill_score|serving_agent|serving_system|state|score\n'
  return `${columns}${rows.join('')}+OK\n`
}
