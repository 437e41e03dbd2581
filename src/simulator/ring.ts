/** Legs of a dial string that ring together: who answers, or why nobody does. */
import { randomUUID } from 'node:crypto'
import { refusal } from './causes.ts'
import type { Channel } from './channel.ts'
import { destinationOf, type DialString, type Leg } from './dial-string.ts'
import { inviteFor } from './invite.ts'
import type { Party } from './script.ts'
import { toText } from './text.ts'
import { runs } from './variables.ts'

export interface Attempt {
  readonly leg: Leg
  readonly party: Party
  /** Empty where no leg came to be. */
  readonly id: string
  /** The user part, as the callee's number. */
  readonly number: string
  /** From the start to the answer, the refusal, or the end of the ring time. */
  readonly endMs: number
  readonly answers: boolean
  readonly rings: boolean
  readonly cause: string
  /** Status and words of a refusal. */
  readonly refused: { readonly sip: number; readonly phrase: string } | undefined
}

const ENDPOINTS = new Set(['sofia', 'user', 'error', 'group', 'verto'])
const DEFAULT_RING_S = 60
const DEFAULT_SIP = { busy: 486, rejected: 603, unavailable: 480, failed: 488 } as const

/** Sends the INVITE of a leg, so to speak, and foresees what becomes of it. */
export function attempt(channel: Channel, leg: Leg, dial: DialString): Attempt {
  checkLeg(channel, leg)
  const destination = destinationOf(leg.endpoint)
  const number = destination.replace(/@.*$/s, '')
  const answers = channel.script.answers ?? {}
  const party = answers[toText(destination)] ?? answers[toText(number)] ?? { outcome: 'noAnswer' }
  const nothing = { leg, party, id: '', number, endMs: 0, answers: false, rings: false, refused: undefined }
  if (!ENDPOINTS.has(leg.endpoint.split('/')[0]!)) return { ...nothing, cause: 'CHAN_NOT_IMPLEMENTED' }
  if (party.cause !== undefined && party.sip === undefined) return { ...nothing, cause: party.cause }
  const invite = inviteFor(channel, leg)
  if (!invite) return { ...nothing, cause: 'DESTINATION_OUT_OF_ORDER' }
  channel.notes.invites.push(invite)
  channel.notes.tell({ type: 'invite', invite })
  return { ...nothing, id: randomUUID(), ...foresee(channel, party, leg, dial) }
}

type Fate = Pick<Attempt, 'endMs' | 'answers' | 'rings' | 'cause' | 'refused'>

function foresee(channel: Channel, party: Party, leg: Leg, dial: DialString): Fate {
  const limit = ringLimit(leg, dial)
  const afterMs = party.afterMs ?? 40
  if (party.outcome === 'noAnswer' || afterMs >= limit.ms) {
    return { endMs: limit.ms, answers: false, rings: true, cause: limit.cause, refused: undefined }
  }
  if (party.outcome === 'answered') {
    return { endMs: afterMs, answers: true, rings: true, cause: 'NONE', refused: undefined }
  }
  const sip = party.sip ?? DEFAULT_SIP[party.outcome]
  const [cause, phrase] = refusal(sip)
  if (sip === 302 && leg.variables.get('outbound_redirect_fatal') !== 'true') {
    channel.notes.violate(`follows a redirect of ${leg.endpoint}`)
  }
  return {
    endMs: afterMs,
    answers: false,
    rings: party.afterMs !== undefined,
    cause,
    refused: { sip, phrase },
  }
}

/** The leg's own limit ends in ALLOTTED_TIMEOUT, that of the whole call in NO_ANSWER. */
function ringLimit(leg: Leg, dial: DialString): { ms: number; cause: string } {
  const seconds = (value: string | undefined): number => Number.parseInt(value ?? '', 10) || Infinity
  const own = seconds(leg.variables.get('leg_timeout'))
  const whole = Math.min(
    seconds(dial.variables.get('call_timeout')),
    seconds(dial.variables.get('originate_timeout')),
  )
  if (own < whole) return { ms: own * 1000, cause: 'ALLOTTED_TIMEOUT' }
  return { ms: (whole === Infinity ? DEFAULT_RING_S : whole) * 1000, cause: 'NO_ANSWER' }
}

/** The one thing that may be executed: the end of the caller's conversation, scheduled as it begins. */
function endsTheCall(channel: Channel, name: string, value: string): boolean {
  const [command, when, uuid, ...more] = value.split(' ')
  return name === 'api_on_answer' && command === 'sched_hangup' && /^\+[1-9]\d*$/.test(when ?? '') && uuid === channel.who.id && more.length === 0 // prettier-ignore
}

function checkLeg(channel: Channel, leg: Leg): void {
  for (const [name, value] of leg.variables) {
    if (runs(name) && !endsTheCall(channel, name, value))
      channel.notes.violate(`dials with ${name}, which is executed: ${value}`)
  }
  if (/^loopback\//.test(leg.endpoint)) channel.notes.violate(`dials ${leg.endpoint}`)
  if (/[\s{}[\]<>|]/.test(leg.endpoint)) channel.notes.violate(`dials something malformed: ${leg.endpoint}`)
}
