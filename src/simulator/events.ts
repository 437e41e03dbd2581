/** Events as switch_event_serialize writes them: one `Name: value` a line, values percent-encoded, a blank line last. */
import { encode } from './text.ts'
import { channelName, type Identity } from './identity.ts'
import { stamp, type Times } from './report.ts'

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

/** One FreeSWITCH, as far as events tell. */
const CORE = '201eb592-ce49-4609-9509-7f334eae4c2d'

const CODECS = ['Read', 'Write']
  .map(
    (way) =>
      `Channel-${way}-Codec-Name: PCMA\nChannel-${way}-Codec-Rate: 8000\nChannel-${way}-Codec-Bit-Rate: 64000\n`,
  )
  .join('')

/** One side of a conversation, as caller profiles are written; values already encoded but for the times. */
export interface Profile {
  readonly direction: string
  readonly username: string
  readonly name: string
  readonly number: string
  readonly destination: string
  readonly id: string
  readonly context: string
  readonly channelName: string
  /** Only the channel's own profile has one. */
  readonly index: string | undefined
  readonly hidden: boolean
  callee: { readonly name: string; readonly number: string } | undefined
  readonly times: Times
}

export function profileOf(who: Identity, times: Times): Profile {
  const number = encode(who.caller)
  return {
    direction: 'inbound',
    username: number,
    name: encode(who.name || who.caller),
    number,
    destination: encode(who.did),
    id: who.id,
    context: 'inbound',
    channelName: encode(channelName(who)),
    index: '1',
    hidden: who.privacy,
    callee: undefined,
    times,
  }
}

/** What an event says beside the profile and the variables. */
export interface ChannelState {
  readonly state: 'CS_EXECUTE' | 'CS_REPORTING'
  readonly callState: 'RINGING' | 'EARLY' | 'ACTIVE' | 'HANGUP'
  /** 4 executing, 10 hung up, 11 reporting. */
  readonly number: 4 | 10 | 11
  readonly answer: 'ringing' | 'early' | 'answered' | 'hangup'
  readonly cause: string | undefined
  readonly media: boolean
  /** The leg that this one is or was bridged with. */
  readonly other: Profile | undefined
}

export interface EventParts {
  readonly sequence: number
  readonly profile: Profile
  readonly channel: ChannelState
  /** `variable_…` lines. */
  readonly variables: string
  /** Lines at the end, such as `Application`. */
  readonly trailer: string
}

/** The text of an event without frame, blank line at its end included. */
export function renderEvent(name: EventName, parts: EventParts): string {
  const { channel, profile } = parts
  return `${origin(name, parts)}${lead(name, parts)}Channel-State: ${channel.state}
Channel-Call-State: ${channel.callState}
Channel-State-Number: ${channel.number}
Channel-Name: ${profile.channelName}
Unique-ID: ${profile.id}
Call-Direction: inbound
Presence-Call-Direction: inbound
Channel-HIT-Dialplan: true
Channel-Call-UUID: ${profile.id}
Answer-State: ${channel.answer}
${channel.cause === undefined ? '' : `Hangup-Cause: ${channel.cause}\n`}${channel.media ? CODECS : ''}${profileLines('Caller', profile)}${channel.other ? `Other-Type: originatee\n${profileLines('Other-Leg', channel.other)}` : ''}${parts.variables}${parts.trailer}
`
}

function origin(name: EventName, parts: EventParts): string {
  const [file, caller, line] = SOURCES[name]
  const now = Date.now()
  return `Event-Name: ${name}
Core-UUID: ${CORE}
FreeSWITCH-Hostname: stand-in
FreeSWITCH-Switchname: stand-in
FreeSWITCH-IPv4: 127.0.0.1
FreeSWITCH-IPv6: %3A%3A1
Event-Date-Local: ${encode(stamp(now * 1000))}
Event-Date-GMT: ${encode(new Date(now).toUTCString())}
Event-Date-Timestamp: ${now}000
Event-Calling-File: ${file}
Event-Calling-Function: ${caller}
Event-Calling-Line-Number: ${line}
Event-Sequence: ${parts.sequence}
`
}

/** What only some events have in front of the channel's own headers. */
function lead(name: EventName, { channel, profile }: EventParts): string {
  if (name === 'CHANNEL_DATA') return profileLines('Channel', profile)
  if (name === 'CHANNEL_HANGUP_COMPLETE') return `Hangup-Cause: ${channel.cause ?? ''}\n`
  if (name !== 'CHANNEL_BRIDGE') return ''
  return `Bridge-A-Unique-ID: ${profile.id}\nBridge-B-Unique-ID: ${channel.other?.id ?? ''}\n`
}

/** As switch_caller_profile_event_set_data. */
function profileLines(as: string, profile: Profile): string {
  const { times } = profile
  const callee = profile.callee
    ? `${as}-Callee-ID-Name: ${profile.callee.name}\n${as}-Callee-ID-Number: ${profile.callee.number}\n`
    : ''
  return `${as}-Direction: ${profile.direction}
${as}-Logical-Direction: inbound
${as}-Username: ${profile.username || '_undef_'}
${as}-Dialplan: XML
${as}-Caller-ID-Name: ${profile.name || '_undef_'}
${as}-Caller-ID-Number: ${profile.number || '_undef_'}
${as}-Orig-Caller-ID-Name: ${profile.name || '_undef_'}
${as}-Orig-Caller-ID-Number: ${profile.number || '_undef_'}
${callee}${as}-Network-Addr: 127.0.0.1
${as}-ANI: ${profile.number || '_undef_'}
${as}-Destination-Number: ${profile.destination}
${as}-Unique-ID: ${profile.id}
${as}-Source: mod_sofia
${as}-Context: ${profile.context}
${as}-Channel-Name: ${profile.channelName}
${profile.index === undefined ? '' : `${as}-Profile-Index: ${profile.index}\n`}${as}-Profile-Created-Time: ${times.created}
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
${as}-Privacy-Hide-Name: ${profile.hidden}
${as}-Privacy-Hide-Number: ${profile.hidden}
`
}
