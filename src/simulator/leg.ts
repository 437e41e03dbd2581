/** One leg of a dial string: the INVITE that it sends, as mod_sofia does with its mistakes. */
import { randomUUID } from 'node:crypto'
import type { Channel } from './channel.ts'
import { destinationOf, type Leg } from './dial-string.ts'
import type { CallScript, Party } from './script.ts'
import { isTrue, toText, urlDecode } from './strings.ts'
import type { Invite } from './timeline.ts'
import { isExecuted } from './expansion.ts'
import { checkAudio } from './playback.ts'

export interface Attempt {
  readonly leg: Leg
  readonly party: Party
  /** Empty where no leg came to be, which ended for `cause`. */
  readonly id: string
  readonly cause: string
  /** The user part, as the callee's number. */
  readonly number: string
  readonly invite: Invite | undefined
}

const ENDPOINTS = new Set(['sofia', 'user', 'error', 'group', 'verto'])

/** Makes one leg, whose INVITE is still to be sent. What no controller may dial is a violation. */
export function attempt(channel: Channel, leg: Leg): Attempt {
  checkLeg(channel, leg)
  const destination = destinationOf(leg.endpoint)
  const number = destination.replace(/@.*$/s, '')
  const party = partyOf(channel.script.answers, toText(destination), toText(number))
  const nothing = { leg, party, id: '', number, invite: undefined }
  if (!ENDPOINTS.has(leg.endpoint.split('/')[0]!)) return { ...nothing, cause: 'CHAN_NOT_IMPLEMENTED' }
  if (party.cause !== undefined && party.sip === undefined) return { ...nothing, cause: party.cause }
  const invite = inviteFor(channel, leg)
  if (!invite) return { ...nothing, cause: 'DESTINATION_OUT_OF_ORDER' }
  return { ...nothing, id: randomUUID(), cause: 'NONE', invite }
}

function partyOf(answers: CallScript['answers'] = {}, destination: string, number: string): Party {
  if (typeof answers === 'function') return answers(destination)
  return answers[destination] ?? answers[number] ?? { outcome: 'noAnswer' }
}

function checkLeg(channel: Channel, leg: Leg): void {
  const { timeline } = channel
  for (const [name, value] of leg.variables) {
    if (isExecuted(name) && !limitsTheCall(channel, name, value))
      timeline.violation(`dials with ${name}, which is executed: ${value}`)
  }
  checkGreeting(channel, leg.variables)
  if (/^loopback\//.test(leg.endpoint)) timeline.violation(`dials ${leg.endpoint}`)
  if (/[\s{}[\]<>|]/.test(leg.endpoint)) timeline.violation(`dials something malformed: ${leg.endpoint}`)
}

/** With the key `exec` what is named as a file is an application. */
function checkGreeting(channel: Channel, variables: ReadonlyMap<string, string>): void {
  const file = variables.get('group_confirm_file')
  if (file === undefined) return
  const isApplication = variables.get('group_confirm_key') === 'exec'
  if (isApplication && !file.startsWith('playback '))
    channel.timeline.violation(`has whoever answers execute ${file}`)
  checkAudio(channel, isApplication ? file.slice('playback '.length) : file)
}

/** The one thing that may be executed: the end of the caller's conversation, scheduled as it begins. */
function limitsTheCall(channel: Channel, name: string, value: string): boolean {
  const [command, when, uuid, ...more] = value.split(' ')
  return (
    (name === 'api_on_answer' || name === 'api_before_bridge') &&
    command === 'sched_hangup' &&
    /^\+[1-9]\d*$/.test(when ?? '') &&
    uuid === channel.profile.id &&
    more.length === 0
  )
}

/** Builds the INVITE; what should not be in one is a violation. Undefined where none can be sent. */
function inviteFor(channel: Channel, leg: Leg, exports = 'export_vars'): Invite | undefined {
  const { profile, timeline } = channel
  const variables = legVariables(channel, leg, exports)
  const number =
    variables.get('origination_caller_id_number') ??
    channel.variables.get('effective_caller_id_number') ??
    profile.number
  const name = displayName(
    channel,
    variables.get('origination_caller_id_name') ??
      channel.variables.get('effective_caller_id_name') ??
      (profile.name || profile.number),
  )
  if (name === undefined) return undefined
  if (/[^\w+*#.-]/.test(number)) timeline.violation(`INVITE from a number that is none: ${number}`)
  const headers = callerHeaders(variables, name, number)
  for (const [header, value] of customHeaders(channel, variables)) {
    if (/[\r\n]/.test(value)) timeline.violation(`INVITE with a forged header in ${header}: ${value}`)
    headers[toText(header)] = toText(value)
  }
  const hidden = variables.get('origination_privacy') ?? ''
  return {
    destination: toText(destinationOf(leg.endpoint)),
    endpoint: toText(leg.endpoint),
    number: hidden.includes('hide_number') ? 'anonymous' : toText(number),
    name: hidden.includes('hide_name') ? 'Anonymous' : toText(name),
    privacy: /\bid\b/.test(variables.get('sip_h_Privacy') ?? ''),
    headers,
  }
}

/** What an agent sees whom `queue` calls: an attempt of its own, that gets of the caller's variables what `cc_export_vars` names. */
export function agentInvite(channel: Channel, queue: string): Invite | undefined {
  const leg = { endpoint: `queue/${queue}`, variables: new Map<string, string>() }
  return inviteFor(channel, leg, 'cc_export_vars')
}

/** The new leg's variables: its own, and those of the caller's that are exported. */
function legVariables(channel: Channel, leg: Leg, exports: string): ReadonlyMap<string, string> {
  const variables = new Map<string, string>()
  for (const name of (channel.variables.get(exports) ?? '').split(',')) {
    const value = channel.variables.get(name)
    if (value !== undefined) variables.set(name, value)
  }
  for (const [name, value] of leg.variables) variables.set(name, value)
  return variables
}

/** `Remote-Party-ID` names the caller unless `sip_cid_type` says otherwise, even where `From` is anonymous. */
function callerHeaders(
  variables: ReadonlyMap<string, string>,
  name: string,
  number: string,
): Record<string, string> {
  const type = variables.get('sip_cid_type') ?? 'rpid'
  if (type === 'none') return {}
  const party = toText(`"${name}" <sip:${number}@127.0.0.1>`)
  return type === 'pid' ? { 'P-Asserted-Identity': party } : { 'Remote-Party-ID': `${party};party=calling` }
}

/** Headers set on the leg, and those of the caller's INVITE, which are copied unless that is switched off. */
function customHeaders(channel: Channel, variables: ReadonlyMap<string, string>): [string, string][] {
  const copy = channel.variables.get('sip_copy_custom_headers')
  const copied =
    copy === undefined || isTrue(copy)
      ? [...channel.variables].filter(([name]) => /^sip_h_(X-|P-|Diversion|User-to-User)/i.test(name))
      : []
  const own = [...variables].filter(([name]) => name.startsWith('sip_h_'))
  return [...copied, ...own].map(([name, value]) => [name.slice('sip_h_'.length), value])
}

/**
 * The display name on its way into `From`: cut like an address, percent-decoded, then read as a quoted string.
 * A line break that decodes out of it is a header of its own.
 */
function displayName(channel: Channel, given: string): string | undefined {
  const quoted = /"(.*)"/s.exec(given)?.[1] ?? given
  const address = quoted.slice(Math.max(quoted.lastIndexOf(':'), quoted.lastIndexOf('/')) + 1)
  const at = address.indexOf('@')
  const decoded = urlDecode(at < 0 ? address : address.slice(0, at))
  if (/[\r\n]/.test(decoded))
    channel.timeline.violation(`INVITE with a forged header in the display name: ${decoded}`)
  if (!/^(?:[^"\\]|\\[\s\S])*$/.test(decoded)) {
    channel.timeline.violation(`INVITE that cannot be sent, for its display name: ${decoded}`)
    return undefined
  }
  return decoded.replace(/\\([\s\S])/g, '$1')
}
