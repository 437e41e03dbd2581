/** When the legs of a list begin, and how each ends, known from the script before they ring (switch_ivr_originate.c). */
import { refusal } from './causes.ts'
import type { Channel } from './channel.ts'
import type { DialString } from './dial-string.ts'
import type { Attempt } from './leg.ts'
import { isEndless, lengthOf } from './playback.ts'

/** Times are from the begin of the attempt on. */
export interface Rung extends Attempt {
  /** When its INVITE is sent. */
  readonly startMs: number
  /** When it is answered and through with the greeting, or ends otherwise. */
  readonly endMs: number
  /** It is there to talk. */
  readonly answers: boolean
  readonly rings: boolean
  /** Status and phrase of a refusal. */
  readonly refused: { readonly sip: number; readonly phrase: string } | undefined
}

const DEFAULT_TIMEOUT_S = 60
const DEFAULT_SIP = { busy: 486, rejected: 603, unavailable: 480, failed: 488 } as const

/** How long the whole attempt may take, its greetings included. */
export function longestMs({ variables }: DialString): number {
  const given = ['call_timeout', 'originate_timeout'].map((name) => secondsIn(variables.get(name)))
  const seconds = Math.min(...given)
  return 1000 * (seconds === Infinity ? DEFAULT_TIMEOUT_S : seconds)
}

/**
 * The legs of one group as they ring. One that is to begin later begins as soon as none rings any more, and the others
 * with it are nearer then by all of its delay (check_per_channel_timeouts).
 */
export function ringingOf(channel: Channel, attempts: readonly Attempt[]): Rung[] {
  const rung = new Map<Attempt, Rung>()
  const later = attempts.map((own) => {
    const delayMs = own.id === '' ? 0 : delayOf(own)
    return { own, delayMs, limitMs: delayMs + 1000 * secondsIn(own.leg.variables.get('leg_timeout')) }
  })
  for (let nowMs = 0; later.length > 0;) {
    const soonestMs = Math.min(...later.map(({ delayMs }) => delayMs))
    const idleMs = Math.max(nowMs, ...Array.from(rung.values(), ({ endMs }) => endMs))
    if (idleMs < soonestMs) {
      for (const one of later) {
        one.delayMs -= soonestMs
        one.limitMs -= soonestMs - idleMs
      }
    }
    nowMs = Math.max(nowMs, Math.min(idleMs, soonestMs))
    for (const one of later.filter(({ delayMs }) => delayMs <= nowMs)) {
      rung.set(one.own, {
        ...one.own,
        startMs: nowMs,
        ...endOf(channel, one.own, nowMs, one.limitMs - nowMs),
      })
      later.splice(later.indexOf(one), 1)
    }
  }
  return attempts.map((own) => rung.get(own)!)
}

type End = Pick<Rung, 'endMs' | 'answers' | 'rings' | 'cause' | 'refused'>

function endOf(channel: Channel, { id, cause, party, leg }: Attempt, startMs: number, limitMs: number): End {
  const ends = (afterMs: number, more: Partial<End>): End => ({
    ...{ endMs: startMs + afterMs, answers: false, rings: true, cause: 'NONE', refused: undefined },
    ...more,
  })
  if (id === '') return ends(0, { rings: false, cause })
  const afterMs = party.afterMs ?? 40
  if (party.outcome === 'noAnswer' || afterMs >= limitMs) return ends(limitMs, { cause: 'ALLOTTED_TIMEOUT' })
  if (party.outcome === 'answered') {
    const greeted = greetingOf(channel, leg.variables, party)
    return ends(afterMs + greeted.ms, { answers: greeted.cause === 'NONE', cause: greeted.cause })
  }
  const sip = party.sip ?? DEFAULT_SIP[party.outcome]
  const [refusedFor, phrase] = refusal(sip)
  if (sip === 302 && leg.variables.get('outbound_redirect_fatal') !== 'true') {
    channel.timeline.violation(`follows a redirect of ${leg.endpoint}`)
  }
  const rings = party.afterMs !== undefined && afterMs > 0
  return ends(afterMs, { rings, cause: refusedFor, refused: { sip, phrase } })
}

/** What whoever answers goes through before they talk (collect_thread_run). */
function greetingOf(
  channel: Channel,
  variables: ReadonlyMap<string, string>,
  { confirms = true, talkMs = Infinity }: Attempt['party'],
): { readonly ms: number; readonly cause: string } {
  const key = variables.get('group_confirm_key')
  if (key === undefined) return { ms: 0, cause: 'NONE' }
  const limitMs = 1000 * secondsIn(variables.get('group_confirm_timeout'))
  const file = (variables.get('group_confirm_file') ?? '').replace(/^playback |^file_string:\/\//g, '')
  const announced = file.replace(/!.*$/, '')
  const ms = isEndless(announced) ? Infinity : announced === '' ? 0 : (lengthOf(channel, announced) ?? 0)
  const throughMs = key === 'exec' ? ms : ms + (channel.script.keyMs ?? 0)
  if (key !== 'exec' && !confirms && talkMs < limitMs) return { ms: talkMs, cause: 'NORMAL_CLEARING' }
  if ((key !== 'exec' && !confirms) || throughMs > limitMs) return { ms: limitMs, cause: 'ALLOTTED_TIMEOUT' }
  return { ms: throughMs, cause: 'NONE' }
}

const secondsIn = (value: string | undefined): number => Number.parseInt(value ?? '', 10) || Infinity

const delayOf = ({ leg }: Attempt): number =>
  1000 * (Number.parseInt(leg.variables.get('leg_delay_start') ?? '', 10) || 0)
