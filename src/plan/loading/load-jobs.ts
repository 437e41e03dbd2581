/** What the plan store has done in a process of its own, and the messages that come back. All of it can be cloned. */
import type { CountryCode } from 'libphonenumber-js/max'
import type { ErrorCode } from '../../util/errors.ts'
import type { LintOptions } from '../lint/index.ts'
import type { SetSlice } from '../revisions/index.ts'
import type { Finding } from './finding.ts'

/** `LintOptions` without its functions. */
export interface JobOptions extends Omit<LintOptions, 'envIsSet' | 'refusal'> {
  /** Those of the granted names that are set. */
  readonly envSet: readonly string[]
}

/** Reads and validates the set on disk, and keeps its revision. */
export interface LoadJob {
  readonly kind: 'load'
  readonly path: string
  /** The folder of revisions. */
  readonly revisions: string
  readonly options: JobOptions
  readonly keepPrevious: boolean
  /** The revision that serves now: no slices come when the set is still the same. */
  readonly serving?: string
  /** The run of the controller whose results of checks are used again; absent: every document is checked. */
  readonly run?: string
  readonly nowMs: number
}

/** Reads a revision that was kept. */
export interface RestoreJob {
  readonly kind: 'restore'
  readonly revisions: string
  readonly revision: string
  readonly defaultCountry?: CountryCode
}

/** Validates one document. */
export interface ValidateJob {
  readonly kind: 'validate'
  readonly name: string
  readonly bytes: Uint8Array
  readonly options: JobOptions
}

/** Makes a set of one document that is not on disk. */
export interface DraftJob {
  readonly kind: 'draft'
  readonly name: string
  readonly bytes: Uint8Array
  readonly options: JobOptions
}

export type Job = (LoadJob | RestoreJob | ValidateJob | DraftJob) & {
  /** document → why it is refused without a check: an earlier one did not come to an end. */
  readonly refused?: ReadonlyMap<string, string>
}

interface SetReport {
  readonly warnings: readonly Finding[]
  readonly heldBack: readonly string[]
}

/** How a job ends; slices come before `set`. */
export type JobEnd =
  | ({ readonly kind: 'set'; readonly revision: string } & SetReport)
  | ({ readonly kind: 'same' } & SetReport)
  /** There is no such revision, or this program cannot read it. */
  | { readonly kind: 'none' }
  | { readonly kind: 'findings'; readonly errors: readonly Finding[]; readonly warnings: readonly Finding[] }
  | { readonly kind: 'error'; readonly code: ErrorCode; readonly message: string }

/** Answers to the job and to each `next`. */
export type JobAnswer = { readonly kind: 'slice'; readonly slice: SetSlice } | JobEnd

/** Comes between answers: the large document whose check begins, or none when it has ended. */
export interface Checking {
  readonly kind: 'checking'
  readonly document?: string | undefined
}

export type JobMessage = JobAnswer | Checking
