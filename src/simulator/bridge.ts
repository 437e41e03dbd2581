/** The `bridge` application: rings (switch_ivr_originate.c), then joins (switch_ivr_bridge.c). */
import { runApiCommand } from './api-commands.ts'
import { causeNamed, dialStatus, q850 } from './causes.ts'
import type { Channel } from './channel.ts'
import type { Interruption } from './clock.ts'
import { parseDialString } from './dial-string.ts'
import { CALLEE_NAME, timesFrom, type CallerProfile } from './caller-profile.ts'
import { attempt, type Attempt } from './leg.ts'
import { isTrue, toText } from './strings.ts'

const DEFAULT_TALK_MS = 100

export async function bridge(channel: Channel, argument: string): Promise<void> {
  if (argument === '') return
  const dial = parseDialString(argument)
  channel.variables.setAll({
    originated_legs: undefined,
    originate_causes: undefined,
    originate_disposition: 'failure',
    DIALSTATUS: 'INVALIDARGS',
  })
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
    const cancelled = cause === 'ORIGINATOR_CANCEL'
    causes = list(existing(attempts).map((own) => `${own.id};${cancelled ? cause : own.cause}`))
    if (cancelled) break
  }
  fail(channel, cause, causes)
}

type RingEnd = { readonly answered: Attempt } | { readonly cause: string }

/** Rings the legs of one group together, to the first answer or to the end of the last leg. */
async function ring(channel: Channel, attempts: readonly Attempt[]): Promise<RingEnd> {
  const { variables } = channel
  const winner = attempts.filter((own) => own.answers).sort((a, b) => a.endMs - b.endMs)[0]
  const last = attempts.reduce((latest, own) => (own.endMs >= latest.endMs ? own : latest), attempts[0]!)
  startRinging(channel, attempts)
  const rings = attempts.some((own) => own.rings)
  if (await interrupted(channel, (winner ?? last).endMs, rings)) return { cause: 'ORIGINATOR_CANCEL' }
  if (winner) return { answered: winner }
  const { refused } = last
  if (refused) {
    variables.setAll({
      sip_invite_failure_status: String(refused.sip),
      sip_invite_failure_phrase: refused.phrase,
      sip_hangup_phrase: refused.phrase,
    })
  }
  if (last.id !== '') variables.set('last_bridge_hangup_cause', last.cause)
  if (refused) variables.set('last_bridge_proto_specific_hangup_cause', `sip:${refused.sip}`)
  // Of the first leg of the list that came to be, whichever ended first.
  return { cause: (existing(attempts)[0] ?? last).cause }
}

/** The INVITEs are sent; as soon as one leg rings, the caller hears it. */
function startRinging(channel: Channel, attempts: readonly Attempt[]): void {
  const { variables, profile } = channel
  const legs = existing(attempts)
  if (legs.length > 0) {
    variables.set('originate_signal_bond', legs.at(-1)!.id)
    variables.set('originated_legs', list(legs.map((own) => `${own.id};${CALLEE_NAME};${own.number}`)))
  }
  const ringing = legs.find((own) => own.rings)
  if (!ringing) return
  channel.ring()
  profile.callee = ringing.number
  const ringback = variables.get('transfer_ringback') === undefined ? 'nothing' : 'ringback'
  channel.timeline.add({ type: 'ringing', heard: channel.answered ? ringback : 'ringing' })
}

/** Waits for `ms`; whether the caller or the controller went before. */
async function interrupted(channel: Channel, ms: number, rings: boolean): Promise<boolean> {
  channel.activity = 'ringing'
  if (!rings || channel.script.hangUp?.when !== 'ringing')
    return (await channel.clock.pause(ms)) !== undefined
  if ((await channel.clock.pause(Math.min(ms / 2, 1000))) === undefined) channel.callerHangsUp()
  return true
}

function existing(attempts: readonly Attempt[]): readonly Attempt[] {
  return attempts.filter((own) => own.id !== '')
}

/** As FreeSWITCH writes a list in a variable. */
function list(values: readonly string[]): string | undefined {
  return values.length < 2 ? values[0] : `ARRAY::${values.join('|:')}`
}

/** Nobody answered: the disposition, and the end of a call that must not go on (switch_channel_handle_cause). */
function fail(channel: Channel, named: string, causes: string | undefined): void {
  const { variables } = channel
  const cause = causeNamed(named)
  variables.setAll({
    originate_disposition: cause,
    DIALSTATUS: dialStatus(cause),
    originate_causes: causes,
    originate_failed_cause: cause,
  })
  channel.timeline.add({ type: 'bridge', disposition: cause })
  if (channel.down) return
  const onFail = variables.get('continue_on_fail')
  if (onFail === undefined) {
    if (['NO_ANSWER', 'NO_USER_RESPONSE', 'ORIGINATOR_CANCEL'].includes(cause)) return
  } else if (isTrue(onFail) || includesCause(onFail, cause)) return
  channel.hangUp(cause, 'platform')
}

function includesCause(causes: string, cause: string): boolean {
  return causes
    .split(',')
    .some((own) => own.trim().toUpperCase() === cause || own.trim() === String(q850(cause)))
}

/** An API command, as the leg is answered (switch_channel.c, do_api_on). */
function runOnAnswer(channel: Channel, { leg }: Attempt): void {
  const command = leg.variables.get('api_on_answer')
  if (command === undefined) return
  const [name = '', ...words] = command.split(' ')
  runApiCommand(channel, name, words.join(' '))
}

async function talk(channel: Channel, winner: Attempt): Promise<void> {
  const { variables } = channel
  variables.setAll({
    switch_m_sdp: variables.get('switch_r_sdp'),
    video_media_flow: 'inactive',
    text_media_flow: 'inactive',
    sip_to_tag: 'platformTag001',
  })
  runOnAnswer(channel, winner)
  channel.answer(toText(winner.number))
  variables.setAll({
    originate_disposition: 'SUCCESS',
    DIALSTATUS: 'SUCCESS',
    originate_causes: `${winner.id};NONE`,
    originate_signal_bond: undefined,
    signal_bond: winner.id,
  })
  channel.profile.times.bridged = channel.clock.unixUs()
  channel.otherLeg = calleeProfile(channel, winner)
  channel.fire('CHANNEL_BRIDGE')
  channel.timeline.add({
    ...{ type: 'bridge', disposition: 'SUCCESS' },
    endpoint: toText(winner.leg.endpoint),
  })
  variables.setAll({
    last_bridge_to: winner.id,
    bridge_channel: winner.leg.endpoint,
    bridge_uuid: winner.id,
    signal_bond: winner.id,
  })
  channel.acknowledge()
  channel.activity = 'talking'
  const began = channel.clock.now()
  const talkMs = winner.party.talkMs ?? DEFAULT_TALK_MS
  const interruption = await channel.clock.pause(talkMs)
  channel.talkMs = interruption === undefined ? talkMs : channel.clock.now() - began
  endTalk(channel, winner, interruption)
}

/** The conversation is over; with `hangup_after_bridge` so is the call. */
function endTalk(channel: Channel, { number }: Attempt, interruption: Interruption | undefined): void {
  const { variables } = channel
  if (interruption === 'controllerGone')
    channel.timeline.violation('a conversation is cut: socket_resume was set when the controller went away')
  variables.setAll({ last_sent_callee_id_name: CALLEE_NAME, last_sent_callee_id_number: number })
  if (interruption === undefined) {
    variables.setAll({
      sip_hangup_phrase: 'OK',
      last_bridge_hangup_cause: 'NORMAL_CLEARING',
      last_bridge_proto_specific_hangup_cause: 'sip:200',
    })
  }
  variables.set('bridge_hangup_cause', 'NORMAL_CLEARING')
  if (interruption === undefined && isTrue(variables.get('hangup_after_bridge')))
    channel.hangUp('NORMAL_CLEARING', 'callee')
}

function calleeProfile(channel: Channel, { id, leg, number }: Attempt): CallerProfile {
  const now = channel.clock.unixUs()
  return {
    ...channel.profile,
    direction: 'outbound',
    id,
    channelName: leg.endpoint,
    destination: number,
    callee: number,
    times: { ...timesFrom(now), answered: now, progress: now },
  }
}
