/** Events as switch_event_serialize writes them: one `Name: value` a line, values percent-encoded. */
import { CALLEE_NAME, type CallerProfile } from './caller-profile.ts'
import type { Channel } from './channel.ts'
import { originOf, type EventName } from './event-origin.ts'
import { urlEncode } from './strings.ts'

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
  return `${originOf(name, channel.eventSequence, channel.clock.unixUs())}${lead(name, channel)}Channel-State: ${state}
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
