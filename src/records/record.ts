/** The record of a call: who called, each step with its outcome, and how the call ended. It never contains codes. */
import type { Recording } from '../freeswitch/index.ts'
import type { CallWatch, MissedCall, StepRecord } from '../plan/index.ts'
import type { Ending } from './ending.ts'

/** How the call came in, as far as nothing else tells. */
export interface Arrival {
  /** The number as delivered, where `did` is another form of it. */
  readonly dialled?: string
  /** The domain that it was dialled in. */
  readonly domain?: string
  /** FreeSWITCH's dialplan had answered it. */
  readonly answered?: true
}

export interface CallRecord {
  /** FreeSWITCH's Unique-ID. */
  readonly id: string
  /** When the call came in, ISO 8601 in UTC. */
  readonly at: string
  readonly did: string
  /** Empty when withheld. */
  readonly caller: string
  readonly name: string
  /** Absent: written by an earlier release, and not enough is known to replay the call. */
  readonly arrival?: Arrival
  readonly document?: string
  readonly plan?: string
  /** Without a plan: the one in which none was found. */
  readonly revision?: string
  /** The controllers that held the call, the first one first, such as `host-a:8084`. */
  readonly controllers: readonly string[]
  /** The name of its FreeSWITCH; absent: no inbound link knew it. */
  readonly freeswitch?: string
  /** So many steps before the first of `steps` are not known, since their controller was lost. */
  readonly unknownSteps?: number
  readonly steps: readonly StepRecord[]
  readonly answered: boolean
  readonly ringMs?: number
  /** Absent where the end of the conversation was not seen. */
  readonly talkMs?: number
  readonly recording?: Recording
  readonly ending: Ending
  /** FreeSWITCH's cause name. */
  readonly cause?: string
  /** The cause that it was released with, where FreeSWITCH reports another: the caller hung up at the same moment. */
  readonly released?: string
  /** Without a plan: the forms in which the number was looked up. */
  readonly forms?: readonly string[]
  /** Without a plan: the document whose number it is, but not its owner's. */
  readonly ungranted?: string
  /** Of so many steps the details are left out, since the record would be too long. */
  readonly shortened?: number
  /** What else an operator should know, such as a revision that was not found. */
  readonly notes?: readonly string[]
}

/** A call that its controller did not see the end of. */
export interface LostCall {
  readonly record: CallRecord
  /** Undefined: its plan has no `missed` webhook, or somebody talked. */
  readonly missed: MissedCall | undefined
  /** Absent: its document wants nothing told of it. */
  readonly watch?: CallWatch
  /** The Core-UUID of its FreeSWITCH; absent: it was kept by an earlier release, or is of no account any more. */
  readonly core?: string
}

/** Characters of a record in JSON: the disk is shared by all, and a call may have a hundred steps. */
const MOST_CHARACTERS = 16 * 1024

/**
 * The record as it is written, and its JSON. The id comes first, since lines are found by their first bytes. Steps past
 * the limit keep name, type, time and outcome.
 */
export function serialize({ id, ...rest }: CallRecord): {
  readonly record: CallRecord
  readonly json: string
} {
  const whole = { id, ...rest }
  const json = JSON.stringify(whole)
  if (json.length <= MOST_CHARACTERS) return { record: whole, json }
  let left = MOST_CHARACTERS
  let shortened = 0
  const steps = rest.steps.map((details) => {
    left -= JSON.stringify(details).length
    if (left >= 0) return details
    shortened++
    const { type, ms, outcome } = details
    // As deep in branches as it may be, a thousand characters.
    const step = details.step.length > 100 ? `…${details.step.slice(-100)}` : details.step
    return { step, type, ...(ms !== undefined && { ms }), outcome }
  })
  const note = `details of ${shortened} steps are left out: the record would be ${json.length} characters`
  const record = { ...whole, steps, shortened, notes: [...(rest.notes ?? []), note] }
  return { record, json: JSON.stringify(record) }
}
