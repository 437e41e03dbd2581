/** The `bridge` application: rings (switch_ivr_originate.c), then joins (switch_ivr_bridge.c). */
import { runApi } from './api.ts'
import { causeNamed, dialStatus, q850 } from './causes.ts'
import type { Channel } from './channel.ts'
import { parseDialString } from './dial-string.ts'
import type { Profile } from './events.ts'
import { nowUs } from './identity.ts'
import { timesFrom } from './report.ts'
import { attempt, type Attempt } from './ring.ts'
import { encode, isTrue, toText } from './text.ts'
import type { Interruption } from './waiting.ts'

const DEFAULT_TALK_MS = 100

export async function bridge(channel: Channel, argument: string): Promise<void> {
  if (argument === '') return
  const { variables } = channel
  const dial = parseDialString(argument)
  variables.setAll([
    ['originated_legs', undefined],
    ['originate_causes', undefined],
    ['originate_disposition', 'failure'],
    ['DIALSTATUS', 'INVALIDARGS'],
  ])
  let cause = 'DESTINATION_OUT_OF_ORDER'
  let causes: string | undefined
  for (const group of dial.groups) {
    const attempts = group.map((leg) => attempt(channel, leg, dial))
    const end = await ring(channel, attempts)
    if ('answered' in end) {
      await talk(channel, end.answered)
      return
    }
    cause = end.cause
    causes = causesOf(attempts, (own) => (cause === 'ORIGINATOR_CANCEL' ? cause : own.cause))
    if (cause === 'ORIGINATOR_CANCEL') break
  }
  failed(channel, cause, causes)
}

type RingEnd = { readonly answered: Attempt } | { readonly cause: string }

async function ring(channel: Channel, attempts: readonly Attempt[]): Promise<RingEnd> {
  const winner = attempts.filter((own) => own.answers).sort((a, b) => a.endMs - b.endMs)[0]
  const last = attempts.reduce((latest, own) => (own.endMs >= latest.endMs ? own : latest), attempts[0]!)
  begin(channel, attempts)
  const why = await wait(
    channel,
    (winner ?? last).endMs,
    attempts.some((own) => own.rings),
  )
  if (why !== undefined) return { cause: 'ORIGINATOR_CANCEL' }
  if (winner) return { answered: winner }
  if (last.refused) {
    channel.variables.setAll([
      ['sip_invite_failure_status', String(last.refused.sip)],
      ['sip_invite_failure_phrase', last.refused.phrase],
      ['sip_hangup_phrase', last.refused.phrase],
    ])
  }
  if (last.id !== '') channel.variables.set('last_bridge_hangup_cause', last.cause)
  if (last.refused) {
    channel.variables.set('last_bridge_proto_specific_hangup_cause', `sip:${last.refused.sip}`)
  }
  return { cause: last.cause }
}

/** Legs exist; as soon as one rings, the caller hears it. */
function begin(channel: Channel, attempts: readonly Attempt[]): void {
  const legs = attempts.filter((own) => own.id !== '')
  if (legs.length > 0) {
    channel.variables.set('originate_signal_bond', legs.at(-1)!.id)
    channel.variables.set('originated_legs', list(legs.map((own) => `${own.id};Outbound Call;${own.number}`)))
  }
  const ringing = legs.find((own) => own.rings)
  if (!ringing) return
  channel.ring()
  channel.profile.callee = { name: encode('Outbound Call'), number: encode(ringing.number) }
  const ringback = channel.variables.get('transfer_ringback') === undefined ? 'nothing' : 'ringback'
  channel.notes.tell({ type: 'ringing', heard: channel.answered ? ringback : 'ringing' })
}

async function wait(channel: Channel, ms: number, rings: boolean): Promise<Interruption | undefined> {
  channel.doing = 'ringing'
  if (!rings || channel.script.hangUp?.when !== 'ringing') return channel.pause(ms)
  if ((await channel.pause(Math.min(ms / 2, 1000))) === undefined) channel.callerHangsUp()
  return 'hangUp'
}

function causesOf(attempts: readonly Attempt[], cause: (own: Attempt) => string): string | undefined {
  const legs = attempts.filter((own) => own.id !== '')
  return legs.length > 0 ? list(legs.map((own) => `${own.id};${cause(own)}`)) : undefined
}

function list(values: readonly string[]): string {
  return values.length === 1 ? values[0]! : `ARRAY::${values.join('|:')}`
}

/** Nobody answered: the disposition, and the end of a call that must not go on (switch_channel_handle_cause). */
function failed(channel: Channel, named: string, causes: string | undefined): void {
  const { variables } = channel
  const cause = causeNamed(named)
  variables.setAll([
    ['originate_disposition', cause],
    ['DIALSTATUS', dialStatus(cause)],
    ['originate_causes', causes],
    ['originate_failed_cause', cause],
  ])
  channel.notes.tell({ type: 'bridge', disposition: cause })
  if (channel.down) return
  const onFail = variables.get('continue_on_fail')
  if (onFail === undefined) {
    if (['NO_ANSWER', 'NO_USER_RESPONSE', 'ORIGINATOR_CANCEL'].includes(cause)) return
  } else if (isTrue(onFail) || listed(onFail, cause)) return
  channel.hangUp(cause, 'platform')
}

function listed(causes: string, cause: string): boolean {
  return causes
    .split(',')
    .some((own) => own.trim().toUpperCase() === cause || own.trim() === String(q850(cause)))
}

/** An API command, as the leg is answered (switch_channel.c, do_api_on). */
function runOnAnswer(channel: Channel, { leg }: Attempt): void {
  const command = leg.variables.get('api_on_answer')
  if (command === undefined) return
  const [name = '', ...words] = command.split(' ')
  runApi(channel, name, words.join(' '))
}

async function talk(channel: Channel, winner: Attempt): Promise<void> {
  const { variables } = channel
  variables.setAll([
    ['switch_m_sdp', variables.get('switch_r_sdp')],
    ['video_media_flow', 'inactive'],
    ['text_media_flow', 'inactive'],
    ['sip_to_tag', 'platformTag001'],
  ])
  runOnAnswer(channel, winner)
  channel.answer(toText(winner.number))
  variables.setAll([
    ['originate_disposition', 'SUCCESS'],
    ['DIALSTATUS', 'SUCCESS'],
    ['originate_causes', `${winner.id};NONE`],
    ['originate_signal_bond', undefined],
    ['signal_bond', winner.id],
  ])
  channel.times.bridged = nowUs()
  channel.other = calleeProfile(channel, winner)
  channel.fire('CHANNEL_BRIDGE')
  channel.notes.tell({ type: 'bridge', disposition: 'SUCCESS' })
  variables.setAll([
    ['last_bridge_to', winner.id],
    ['bridge_channel', winner.leg.endpoint],
    ['bridge_uuid', winner.id],
    ['signal_bond', winner.id],
  ])
  channel.settle()
  channel.doing = 'talking'
  const began = channel.clock.now()
  const talkMs = winner.party.talkMs ?? DEFAULT_TALK_MS
  const why = await channel.pause(talkMs)
  channel.talkMs = why === undefined ? talkMs : channel.clock.now() - began
  over(channel, winner, why)
}

/** The conversation is over; with `hangup_after_bridge` so is the call. */
function over(channel: Channel, { number, party }: Attempt, why: Interruption | undefined): void {
  if (why === 'cut')
    channel.notes.violate('a conversation is cut: socket_resume was set when the controller went away')
  if (why === undefined && party.hangUpBy === 'caller') channel.callerHangsUp()
  channel.variables.setAll([
    ['last_sent_callee_id_name', 'Outbound Call'],
    ['last_sent_callee_id_number', number],
  ])
  if (!channel.down && why === undefined) {
    channel.variables.setAll([
      ['sip_hangup_phrase', 'OK'],
      ['last_bridge_hangup_cause', 'NORMAL_CLEARING'],
      ['last_bridge_proto_specific_hangup_cause', 'sip:200'],
    ])
  }
  channel.variables.set('bridge_hangup_cause', 'NORMAL_CLEARING')
  if (why === undefined && isTrue(channel.variables.get('hangup_after_bridge'))) {
    channel.hangUp('NORMAL_CLEARING', 'callee')
  }
}

function calleeProfile(channel: Channel, winner: Attempt): Profile {
  const now = nowUs()
  return {
    ...channel.profile,
    direction: 'outbound',
    callee: { name: encode('Outbound Call'), number: encode(winner.number) },
    destination: encode(winner.number),
    id: winner.id,
    channelName: encode(winner.leg.endpoint),
    index: undefined,
    times: { ...timesFrom(now), answered: now, progress: now },
  }
}
