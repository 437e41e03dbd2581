/** The applications that a channel can execute, and how it executes one (switch_core_session.c). */
import { randomUUID } from 'node:crypto'
import { bridge } from './bridge.ts'
import { causeNamed } from './causes.ts'
import type { Channel } from './channel.ts'
import { playAndGetDigits } from './digits.ts'
import { playback } from './playback.ts'
import { callcenter } from './queue.ts'
import { stopAtTransfer } from './recording.ts'
import { voicemail } from './voicemail.ts'
import { separateString, toText, urlEncode } from './strings.ts'
import { expand, setVariable } from './expansion.ts'

type Application = (channel: Channel, argument: string) => Promise<void> | void

const APPLICATIONS: Readonly<Record<string, Application>> = {
  answer: (channel) => channel.answer('controller'),
  pre_answer: (channel) => channel.preAnswer(),
  ring_ready: (channel) => channel.ring(),
  playback,
  play_and_get_digits: playAndGetDigits,
  bridge,
  callcenter,
  voicemail,
  transfer,
  hangup: (channel, argument) =>
    channel.hangUp(argument === '' ? 'NORMAL_CLEARING' : causeNamed(argument), 'platform'),
  sleep: async (channel, argument) => {
    await channel.clock.pause(Number.parseInt(argument, 10) || 0, { breakable: true })
  },
  set,
  unset: (channel, argument) => channel.variables.set(argument, undefined),
  multiset: (channel, argument) => separateString(argument, ' ', 256).forEach((pair) => set(channel, pair)),
  multiunset: (channel, argument) =>
    separateString(argument, ' ', 256).forEach((name) => channel.variables.set(name, undefined)),
  export: exportVariable,
  log: () => undefined,
  info: () => undefined,
}

/** Applications of FreeSWITCH that no controller may execute. */
const FORBIDDEN =
  /^(system|bgsystem|lua|luarun|javascript|jsrun|python\w*|perl\w*|eval|execute_extension|socket|sched_(api|broadcast|transfer)|bind_\w+|record\w*|eavesdrop|uuid_\w+|send_\w+|db|hash|curl|sendevent|event)$/

/** Runs one application and fires its completion, unless there is no such application or no channel any more. */
export async function execute(channel: Channel, name: string, given: string | undefined): Promise<void> {
  if (channel.down) return
  const { variables } = channel
  const application = Object.hasOwn(APPLICATIONS, name) ? APPLICATIONS[name] : undefined
  if (!application && !FORBIDDEN.test(name)) {
    channel.hangUp('DESTINATION_OUT_OF_ORDER', 'platform')
    return
  }
  const id = variables.get('app_uuid') ?? randomUUID()
  variables.set('app_uuid', undefined)
  const argument = given === undefined ? '' : expand(channel, given)
  variables.setAll({
    current_application_data: argument,
    current_application: name,
    current_application_response: undefined,
  })
  channel.lastApplication = { name, argument }
  channel.activity = name
  channel.timeline.add({ type: 'application', name, argument: toText(argument), id })
  channel.fire('CHANNEL_EXECUTE', applicationLines(name, argument, undefined, id))
  if (application) await application(channel, argument)
  else channel.timeline.violation(`executes the application ${name} ${argument}`)
  fireComplete(channel, name, argument, id)
  channel.activity = 'parked'
}

/** CHANNEL_EXECUTE_COMPLETE of an application. */
export function fireComplete(channel: Channel, name: string, argument: string, id: string): void {
  const response = channel.variables.get('current_application_response') ?? '_none_'
  channel.fire('CHANNEL_EXECUTE_COMPLETE', applicationLines(name, argument, response, id))
}

function applicationLines(name: string, argument: string, response: string | undefined, id: string): string {
  const data = argument === '' ? '' : `Application-Data: ${urlEncode(argument)}\n`
  const answer = response === undefined ? '' : `Application-Response: ${urlEncode(response)}\n`
  return `Application: ${name}\n${data}${answer}Application-UUID: ${urlEncode(id)}\n`
}

/** `set` expands a second time, so that escaping is no protection. */
function set(channel: Channel, pair: string): void {
  const equals = pair.indexOf('=')
  if (equals < 0) channel.variables.set(pair, undefined)
  else setVariable(channel, pair.slice(0, equals), expand(channel, pair.slice(equals + 1)))
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
  const [extension = 'service', dialplan = 'XML', context = 'inbound'] = separateString(argument, ' ', 4)
  if (extension.startsWith('-')) channel.timeline.violation(`transfers with ${extension}`)
  if (dialplan.toLowerCase() === 'inline') channel.timeline.violation(`executes ${argument}`)
  stopAtTransfer(channel)
  const to = { extension: toText(extension), dialplan: toText(dialplan), context: toText(context) }
  channel.transferred = to
  channel.timeline.add({ type: 'transfer', to })
}
