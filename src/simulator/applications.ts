/** The applications that a channel can execute, and how it executes one (switch_core_session.c). */
import { randomUUID } from 'node:crypto'
import { setVariable } from './api.ts'
import { play } from './audio.ts'
import { bridge } from './bridge.ts'
import { causeNamed } from './causes.ts'
import type { Channel } from './channel.ts'
import { playAndGetDigits } from './collect.ts'
import { separate } from './separate.ts'
import { encode, toText } from './text.ts'
import { expand } from './variables.ts'

type Application = (channel: Channel, argument: string) => Promise<void> | void

const APPLICATIONS: Readonly<Record<string, Application>> = {
  answer: (channel) => channel.answer('controller'),
  pre_answer: (channel) => channel.preAnswer(),
  ring_ready: (channel) => channel.ring(),
  playback,
  play_and_get_digits: playAndGetDigits,
  bridge,
  transfer,
  hangup: (channel, argument) =>
    channel.hangUp(argument === '' ? 'NORMAL_CLEARING' : causeNamed(argument), 'platform'),
  sleep,
  set: (channel, argument) => set(channel, argument),
  unset: (channel, argument) => channel.variables.set(argument, undefined),
  multiset: (channel, argument) => separate(argument, ' ', 256).forEach((pair) => set(channel, pair)),
  multiunset: (channel, argument) =>
    separate(argument, ' ', 256).forEach((name) => channel.variables.set(name, undefined)),
  export: exportVariable,
  log: () => undefined,
  info: () => undefined,
}

/** They exist, and no controller has any business with them. */
const EXECUTES =
  /^(system|bgsystem|lua|luarun|javascript|jsrun|python\w*|perl\w*|eval|execute_extension|socket|sched_(api|broadcast|transfer)|bind_\w+|record\w*|eavesdrop|uuid_\w+|send_\w+|db|hash|curl|sendevent|event)$/

/** Runs one application; its completion tells it, unless there is no such application or no channel any more. */
export async function execute(channel: Channel, name: string, given: string | undefined): Promise<void> {
  if (channel.down) return
  const { variables } = channel
  const application = Object.hasOwn(APPLICATIONS, name) ? APPLICATIONS[name] : undefined
  if (!application && !EXECUTES.test(name)) {
    channel.hangUp('DESTINATION_OUT_OF_ORDER', 'platform')
    return
  }
  const id = variables.get('app_uuid') ?? randomUUID()
  variables.set('app_uuid', undefined)
  const argument = given === undefined ? '' : expandFor(channel, given)
  variables.set('current_application_data', argument)
  variables.set('current_application', name)
  variables.set('current_application_response', undefined)
  channel.notes.applications.push({ name, argument })
  channel.doing = name
  channel.notes.tell({ type: 'application', name, argument: toText(argument), id })
  channel.fire('CHANNEL_EXECUTE', described(name, argument, undefined, id))
  if (application) await application(channel, argument)
  else channel.notes.violate(`executes the application ${name} ${argument}`)
  complete(channel, name, argument, id)
  channel.doing = 'parked'
}

/** CHANNEL_EXECUTE_COMPLETE of an application. */
export function complete(channel: Channel, name: string, argument: string, id: string): void {
  const response = channel.variables.get('current_application_response') ?? '_none_'
  channel.fire('CHANNEL_EXECUTE_COMPLETE', described(name, argument, response, id))
}

function described(name: string, argument: string, response: string | undefined, id: string): string {
  const data = argument === '' ? '' : `Application-Data: ${encode(argument)}\n`
  const answer = response === undefined ? '' : `Application-Response: ${encode(response)}\n`
  return `Application: ${name}\n${data}${answer}Application-UUID: ${encode(id)}\n`
}

/** Expands variables, those of the caller profile included; an API call in there would have been executed. */
function expandFor(channel: Channel, text: string): string {
  const { who, variables } = channel
  const profile: Readonly<Record<string, string>> = {
    caller_id_name: who.name,
    caller_id_number: who.caller,
    destination_number: who.did,
  }
  const lookUp = (name: string): string | undefined => variables.get(name) ?? profile[name]
  return expand(text, lookUp, (what) => channel.notes.violate(`expands and executes ${what}`))
}

async function sleep(channel: Channel, argument: string): Promise<void> {
  await channel.pause(Number.parseInt(argument, 10) || 0, { breakable: true })
}

async function playback(channel: Channel, argument: string): Promise<void> {
  const end = await play(channel, argument)
  const broken = channel.down || end === 'failed'
  const response = !broken ? 'FILE PLAYED' : end === 'failed' ? 'FILE NOT FOUND' : 'PLAYBACK ERROR'
  channel.variables.set('current_application_response', response)
}

/** `set` expands a second time, so that escaping is no protection. */
function set(channel: Channel, pair: string): void {
  const equals = pair.indexOf('=')
  if (equals < 0) channel.variables.set(pair, undefined)
  else setVariable(channel, pair.slice(0, equals), expandFor(channel, pair.slice(equals + 1)))
}

function exportVariable(channel: Channel, argument: string): void {
  const pair = argument.replace(/^nolocal:/, '')
  set(channel, pair)
  const names = channel.variables.get('export_vars')
  const name = pair.split('=')[0] ?? ''
  channel.variables.set('export_vars', names === undefined ? name : `${names},${name}`)
}

/** `extension dialplan context`; what is missing is filled in as switch_ivr_session_transfer does. */
function transfer(channel: Channel, argument: string): void {
  const [extension = 'service', dialplan = 'XML', context = 'inbound'] = separate(argument, ' ', 4)
  if (extension.startsWith('-')) channel.notes.violate(`transfers with ${extension}`)
  if (dialplan.toLowerCase() === 'inline') channel.notes.violate(`executes ${argument}`)
  const to = { extension: toText(extension), dialplan: toText(dialplan), context: toText(context) }
  channel.transferred = to
  channel.notes.tell({ type: 'transfer', to })
}
