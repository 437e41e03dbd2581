/** Events as switch_event_serialize writes them: one `Name: value` a line, values percent-encoded. */
import { randomUUID } from 'node:crypto'
import type { Channel } from './channel.ts'
import type { CallScript } from './script.ts'
import { toBytes, urlEncode } from './strings.ts'

/** Where FreeSWITCH 1.11.2 fires each event. */
const SOURCES = {
  CHANNEL_DATA: ['mod_event_socket.c', 'parse_command', 2029],
  CHANNEL_PARK: ['switch_ivr.c', 'switch_ivr_park', 1005],
  CHANNEL_ANSWER: ['switch_channel.c', 'switch_channel_perform_mark_answered', 3848],
  CHANNEL_EXECUTE: ['switch_core_session.c', 'switch_core_session_exec', 2944],
  CHANNEL_EXECUTE_COMPLETE: ['switch_core_session.c', 'switch_core_session_exec', 2972],
  CHANNEL_BRIDGE: ['switch_ivr_bridge.c', 'switch_ivr_multi_threaded_bridge', 1689],
  CHANNEL_HANGUP_COMPLETE: ['switch_core_state_machine.c', 'switch_core_session_reporting_state', 943],
} as const

export type EventName = keyof typeof SOURCES

/** One leg, as switch_caller_profile has it. One character per byte. */
export interface CallerProfile {
  readonly direction: 'inbound' | 'outbound'
  readonly id: string
  readonly channelName: string
  /** The caller's number. */
  readonly number: string
  /** The caller's display name; empty for none. */
  readonly name: string
  readonly destination: string
  /** `Privacy: id` came with the INVITE. */
  readonly privacy: boolean
  /** The number shown as the callee's, as soon as one rings. */
  callee: string | undefined
  readonly times: Times
}

/** Microseconds; 0 for what never happened. */
export interface Times {
  readonly created: number
  answered: number
  progress: number
  progressMedia: number
  bridged: number
  hangup: number
}

export const CALLER_HOST = '127.0.0.1:5070'

/** The name that FreeSWITCH shows for a leg with no name of its own (switch_ivr_originate.c). */
export const CALLEE_NAME = 'Outbound Call'

export function callerProfile(script: CallScript): CallerProfile {
  const number = toBytes(script.caller ?? '+31612345678')
  return {
    direction: 'inbound',
    id: script.id ?? randomUUID(),
    channelName: `sofia/inbound/${number}@${CALLER_HOST}`,
    number,
    name: toBytes(script.name ?? ''),
    destination: toBytes(script.did),
    privacy: script.privacy ?? false,
    callee: undefined,
    times: timesFrom(nowUs()),
  }
}

export function timesFrom(createdUs: number): Times {
  return { created: createdUs, answered: 0, progress: 0, progressMedia: 0, bridged: 0, hangup: 0 }
}

export function nowUs(): number {
  return Date.now() * 1000
}

/** Local date and time as FreeSWITCH writes it. */
export function stamp(us: number): string {
  return new Date(us / 1000).toISOString().slice(0, 19).replace('T', ' ')
}

/** One FreeSWITCH, as far as events say. */
const CORE = '201eb592-ce49-4609-9509-7f334eae4c2d'

const CODECS = ['Read', 'Write']
  .map(
    (way) =>
      `Channel-${way}-Codec-Name: PCMA\nChannel-${way}-Codec-Rate: 8000\nChannel-${way}-Codec-Bit-Rate: 64000\n`,
  )
  .join('')

/**
 * An event without its frame, the blank line at its end included. `trailer` are the last lines before that, such as
 * `Application`.
 */
export function renderEvent(name: EventName, channel: Channel, trailer: string): string {
  const { profile, cause, otherLeg } = channel
  const state = channel.reporting ? 'CS_REPORTING' : 'CS_EXECUTE'
  const stateNumber = channel.reporting ? 11 : channel.down ? 10 : 4
  const hangup = cause === undefined ? '' : `Hangup-Cause: ${cause}\n`
  const codecs = channel.media ? CODECS : ''
  const other = otherLeg ? `Other-Type: originatee\n${profileLines('Other-Leg', otherLeg)}` : ''
  return `${origin(name, channel.eventSequence)}${lead(name, channel)}Channel-State: ${state}
Channel-Call-State: ${channel.callState}
Channel-State-Number: ${stateNumber}
Channel-Name: ${urlEncode(profile.channelName)}
Unique-ID: ${profile.id}
Call-Direction: inbound
Presence-Call-Direction: inbound
Channel-HIT-Dialplan: true
Channel-Call-UUID: ${profile.id}
Answer-State: ${channel.answerState}
${hangup}${codecs}${profileLines('Caller', profile)}${other}${channel.variables.lines}${trailer}
`
}

function origin(name: EventName, sequence: number): string {
  const [file, caller, line] = SOURCES[name]
  const now = Date.now()
  return `Event-Name: ${name}
Core-UUID: ${CORE}
FreeSWITCH-Hostname: simulator
FreeSWITCH-Switchname: simulator
FreeSWITCH-IPv4: 127.0.0.1
FreeSWITCH-IPv6: %3A%3A1
Event-Date-Local: ${urlEncode(stamp(now * 1000))}
Event-Date-GMT: ${urlEncode(new Date(now).toUTCString())}
Event-Date-Timestamp: ${now}000
Event-Calling-File: ${file}
Event-Calling-Function: ${caller}
Event-Calling-Line-Number: ${line}
Event-Sequence: ${sequence}
`
}

/** What only some events have before the channel's own headers. */
function lead(name: EventName, { profile, cause, otherLeg }: Channel): string {
  if (name === 'CHANNEL_DATA') return profileLines('Channel', profile)
  if (name === 'CHANNEL_HANGUP_COMPLETE') return `Hangup-Cause: ${cause ?? ''}\n`
  if (name !== 'CHANNEL_BRIDGE') return ''
  return `Bridge-A-Unique-ID: ${profile.id}\nBridge-B-Unique-ID: ${otherLeg?.id ?? ''}\n`
}

/** As switch_caller_profile_event_set_data. Only the channel's own profile has an index. */
function profileLines(as: string, profile: CallerProfile): string {
  const { direction, times, privacy } = profile
  const number = urlEncode(profile.number) || '_undef_'
  const name = urlEncode(profile.name) || number
  const callee =
    profile.callee === undefined
      ? ''
      : `${as}-Callee-ID-Name: ${urlEncode(CALLEE_NAME)}\n${as}-Callee-ID-Number: ${urlEncode(profile.callee)}\n`
  return `${as}-Direction: ${direction}
${as}-Logical-Direction: inbound
${as}-Username: ${number}
${as}-Dialplan: XML
${as}-Caller-ID-Name: ${name}
${as}-Caller-ID-Number: ${number}
${as}-Orig-Caller-ID-Name: ${name}
${as}-Orig-Caller-ID-Number: ${number}
${callee}${as}-Network-Addr: 127.0.0.1
${as}-ANI: ${number}
${as}-Destination-Number: ${urlEncode(profile.destination)}
${as}-Unique-ID: ${profile.id}
${as}-Source: mod_sofia
${as}-Context: inbound
${as}-Channel-Name: ${urlEncode(profile.channelName)}
${direction === 'inbound' ? `${as}-Profile-Index: 1\n` : ''}${as}-Profile-Created-Time: ${times.created}
${as}-Channel-Created-Time: ${times.created}
${as}-Channel-Answered-Time: ${times.answered}
${as}-Channel-Progress-Time: ${times.progress}
${as}-Channel-Progress-Media-Time: ${times.progressMedia}
${as}-Channel-Hangup-Time: ${times.hangup}
${as}-Channel-Transfer-Time: 0
${as}-Channel-Resurrect-Time: 0
${as}-Channel-Bridged-Time: ${times.bridged}
${as}-Channel-Last-Hold: 0
${as}-Channel-Hold-Accum: 0
${as}-Screen-Bit: true
${as}-Privacy-Hide-Name: ${privacy}
${as}-Privacy-Hide-Number: ${privacy}
`
}
