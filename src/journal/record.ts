/** What is kept of a call: one record each, with every step. Codes appear in none of it. */
import type { StepRecord } from '../plan/step.ts'

/** How a call ended: the closed list. */
export const endings = [
  'talked', // two parties talked
  'transferred', // handed over to FreeSWITCH's own dialplan
  'hungUpByPlan', // a `hangup` step
  'endOfList', // the outermost list was through
  'callerHungUp', // the caller gave up
  'noPlan', // no plan for the dialled number
  'stepBudget', // more steps than one call may take
  'limited', // past a limit of the operator
  'failed', // something broke, and the caller was told so
  'lost', // the channel was gone without a word
] as const

export type Ending = (typeof endings)[number]

export interface CallRecord {
  /** FreeSWITCH's Unique-ID. */
  readonly id: string
  /** When the call came in, ISO 8601 in UTC. */
  readonly at: string
  readonly did: string
  /** Empty when withheld. */
  readonly caller: string
  readonly name: string
  readonly document?: string
  readonly plan?: string
  readonly revision?: string
  /** Who held the call, in order, such as `host-a:8084`. */
  readonly controllers: readonly string[]
  readonly steps: readonly StepRecord[]
  readonly answered: boolean
  readonly ringMs?: number
  /** Absent where the end of the conversation could not be seen. */
  readonly talkMs?: number
  readonly ending: Ending
  /** FreeSWITCH's cause name. */
  readonly cause?: string
  /** Without a plan: the forms in which the number was looked for. */
  readonly forms?: readonly string[]
  /** Anything else worth knowing, such as a revision that was not found. */
  readonly notes?: readonly string[]
}
