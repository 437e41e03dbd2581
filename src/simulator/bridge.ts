/** The `bridge` application: rings (switch_ivr_originate.c), then joins (switch_ivr_bridge.c). */
import { runCommandsOn } from './api-commands.ts'
import { causeNamed, dialStatus, q850 } from './causes.ts'
import type { Channel } from './channel.ts'
import type { Interruption } from './clock.ts'
import { converse, hangUpAfter } from './conversation.ts'
import { type DialString, parseDialString } from './dial-string.ts'
import { CALLEE_NAME, timesFrom, type CallerProfile } from './caller-profile.ts'
import { isExecuted } from './expansion.ts'
import { attempt, type Attempt } from './leg.ts'
import { checkAudio, lengthOf } from './playback.ts'
import { longestMs, ringingOf, type Rung } from './ringing.ts'
import { isTrue, toText } from './strings.ts'

const DEFAULT_TALK_MS = 100

export async function bridge(channel: Channel, argument: string): Promise<void> {
  if (argument === '') return
  const dial = parseDialString(argument)
  checkScope(channel, dial)
  channel.variables.setAll({
    originated_legs: undefined,
    originate_causes: undefined,
    originate_disposition: 'failure',
    DIALSTATUS: 'INVALIDARGS',
  })
  let cause = 'DESTINATION_OUT_OF_ORDER'
  let causes: string | undefined
  for (const group of dial.groups) {
    const attempts = group.map((leg) => attempt(channel, leg))
    const end = await ring(channel, attempts, dial)
    if ('answered' in end) {
      await talk(channel, end.answered)
      return
    }
    cause = end.cause
    causes = list(existing(end.legs).map((own) => `${own.id};${own.cause}`))
    if (cause === 'ORIGINATOR_CANCEL') break
  }
  fail(channel, cause, causes)
}

type RingEnd =
  | { readonly answered: Rung }
  | { readonly cause: string; readonly legs: readonly Pick<Rung, 'id' | 'cause'>[] }

/** Rings the legs of one group, to the first that is there to talk or to the end of the last leg. */
async function ring(channel: Channel, attempts: readonly Attempt[], dial: DialString): Promise<RingEnd> {
  const { variables } = channel
  const legs = ringingOf(channel, attempts)
  const winner = legs.filter((own) => own.answers).sort((a, b) => a.endMs - b.endMs)[0]
  const last = legs.reduce((latest, own) => (own.endMs >= latest.endMs ? own : latest), legs[0]!)
  const endMs = (winner ?? last).endMs
  const allMs = Math.min(endMs, longestMs(dial))
  const stopRingback = startRingback(channel, legs, dial)
  let nowMs = 0
  const passesTo = async (atMs: number) => {
    const rings = legs.some((own) => own.rings && own.startMs <= nowMs)
    const isCut = await interrupted(channel, atMs - nowMs, rings)
    nowMs = atMs
    return !isCut
  }
  let goesOn = true
  for (const atMs of startsOf(legs, allMs)) {
    goesOn &&= atMs === 0 || (await passesTo(atMs))
    if (goesOn) startRinging(channel, legs, dial, atMs)
  }
  goesOn &&= await passesTo(allMs)
  stopRingback()
  if (!goesOn)
    return { cause: 'ORIGINATOR_CANCEL', legs: legs.map(({ id }) => ({ id, cause: 'ORIGINATOR_CANCEL' })) }
  if (allMs < endMs) return { cause: 'NO_ANSWER', legs: legs.map(({ id }) => ({ id, cause: 'NO_ANSWER' })) }
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
  return { cause: (existing(legs)[0] ?? last).cause, legs }
}

/** When legs begin before `endMs`, each moment once; the first is 0. */
function startsOf(legs: readonly Rung[], endMs: number): number[] {
  const starts = legs.map(({ startMs }) => startMs).filter((startMs) => startMs < endMs)
  return [...new Set([0, ...starts])].sort((a, b) => a - b)
}

/** The INVITEs of this moment are sent; as soon as one leg rings, the caller hears it. */
function startRinging(channel: Channel, all: readonly Rung[], dial: DialString, atMs: number): void {
  const { variables, profile } = channel
  const legs = existing(all).filter(({ startMs }) => startMs === atMs)
  if (atMs === 0 && existing(all).length > 0) {
    variables.set('originate_signal_bond', existing(all).at(-1)!.id)
    const names = existing(all).map((own) => `${own.id};${CALLEE_NAME};${own.number}`)
    variables.set('originated_legs', list(names))
  }
  for (const { invite } of legs) if (invite) channel.timeline.add({ type: 'invite', invite })
  const ringing = legs.find((own) => own.rings)
  if (!ringing || all.some((own) => own.rings && own.startMs < atMs)) return
  channel.ring()
  profile.callee = ringing.number
  if (ringbackOf(channel, dial) !== undefined) return
  const tone = variables.get('transfer_ringback') === undefined ? 'nothing' : 'ringback'
  channel.timeline.add({ type: 'ringing', heard: channel.answered ? tone : 'ringing' })
}

/** What the caller hears in place of ringing, by the variables of the application. */
function ringbackOf(channel: Channel, { scope }: DialString): string | undefined {
  const given = scope.get(channel.answered ? 'transfer_ringback' : 'ringback')
  return given?.replace(/^file_string:\/\//, '')
}

/** As soon as there are legs (`instant_ringback`), as early media, again and again; to be stopped when the ringing is. */
function startRingback(channel: Channel, legs: readonly Rung[], dial: DialString): () => void {
  const audio = ringbackOf(channel, dial)
  if (audio === undefined || existing(legs).length === 0) return () => undefined
  checkAudio(channel, audio)
  channel.preAnswer()
  const { clock, timeline, answered } = channel
  const begun = clock.now()
  const played = { type: 'audio', audio: toText(audio), early: !answered } as const
  const isPlayable = lengthOf(channel, audio) !== undefined
  timeline.add({ type: 'ringing', heard: isPlayable ? 'audio' : 'nothing' })
  if (!isPlayable) timeline.add({ ...played, end: 'failed', ms: 0 })
  return () => {
    const ms = clock.now() - begun
    if (isPlayable && ms > 0) timeline.add({ ...played, end: 'played', ms })
  }
}

function checkScope(channel: Channel, { scope }: DialString): void {
  for (const [name, value] of scope)
    if (isExecuted(name)) channel.timeline.violation(`dials with ${name}, which is executed: ${value}`)
}

/** Waits for `ms`; whether the caller or the controller went before. */
async function interrupted(channel: Channel, ms: number, rings: boolean): Promise<boolean> {
  channel.activity = 'ringing'
  if (!rings || channel.script.hangUp?.when !== 'ringing')
    return (await channel.clock.pause(ms)) !== undefined
  if ((await channel.clock.pause(Math.min(ms / 2, 1000))) === undefined) channel.callerHangsUp()
  return true
}

function existing<A extends Pick<Rung, 'id'>>(attempts: readonly A[]): readonly A[] {
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

async function talk(channel: Channel, winner: Attempt): Promise<void> {
  const { variables } = channel
  variables.setAll({
    switch_m_sdp: variables.get('switch_r_sdp'),
    video_media_flow: 'inactive',
    text_media_flow: 'inactive',
    sip_to_tag: 'platformTag001',
  })
  runCommandsOn('api_on_answer', channel, winner.leg.variables)
  runCommandsOn('api_before_bridge', channel, winner.leg.variables)
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
  endTalk(channel, winner, await converse(channel, winner.party.talkMs ?? DEFAULT_TALK_MS))
}

/** The conversation is over. */
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
  hangUpAfter(channel, interruption)
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
