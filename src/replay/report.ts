/** What a replay came to. */
import type { Ending } from '../records/index.ts'

/** A step of the record, or of the walk beside it. */
export interface ReplayedStep {
  /** Its name in the journal. */
  readonly step: string
  readonly type: string
  /** A sentence without its subject; absent where the revision has no such step. */
  readonly does?: string
  /** Absent where the walk was ended there. */
  readonly outcome?: string
  /** What called parties see, in a step that rings or transfers. */
  readonly shows?: string
}

/** One of the two. */
export interface Side {
  readonly revision: string
  /** Absent where the number found no plan. */
  readonly document?: string
  readonly plan?: string
  readonly steps: readonly ReplayedStep[]
  /** Absent where the walk was ended before. */
  readonly ending?: Ending
  /** That the plan ended the call with; absent where the plan did not. */
  readonly cause?: string
}

export interface Parting {
  /** The step of both, counted from 1; absent where it is the plan that was found, or the end of the call. */
  readonly step?: number
  readonly sentence: string
}

export interface ReplayReport {
  /** Of the call. */
  readonly id: string
  readonly at: string
  readonly did: string
  readonly caller: string
  readonly recorded: Side
  /** By the revision that the call had, or the other one. */
  readonly replayed: Side
  readonly isSame: boolean
  /** The first one; absent where both are the same. */
  readonly parting?: Parting
  /** The call does not replay to itself: a fault of belplan, or a record that was changed. */
  readonly isFault: boolean
  /** What the record does not know, with what is assumed in its place. */
  readonly assumptions: readonly string[]
  /** What else is to be known. */
  readonly notes: readonly string[]
}
