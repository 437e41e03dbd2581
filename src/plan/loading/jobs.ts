/** What the plan store has done in a process of its own, and what comes back. Everything here can be cloned. */
import type { CountryCode } from 'libphonenumber-js/max'
import type { ErrorCode } from '../../util/errors.ts'
import type { Finding } from './finding.ts'
import type { LintOptions } from '../lint/index.ts'
import type { SetSlice } from './slices.ts'

/** `LintOptions` without its functions. */
export interface JobOptions extends Omit<LintOptions, 'envIsSet' | 'refusal'> {
  /** Those of the granted names that are set. */
  readonly envSet: readonly string[]
}

/** Reads and validates the set on disk, and keeps its revision. */
export interface LoadJob {
  readonly kind: 'load'
  readonly path: string
  readonly revisions: string
  readonly options: JobOptions
  readonly keepPrevious: boolean
  /** The revision that serves now: nothing comes back when the set is still the same. */
  readonly serving?: string
  /** The run of the controller whose verdicts on large documents count; absent: all are judged. */
  readonly run?: string
  readonly nowMs: number
}

/** Reads a revision that was kept; `current` is the one served last. */
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

export type Job = (LoadJob | RestoreJob | ValidateJob) & {
  /** document → why it is refused unread: its check did not come to an end before. */
  readonly refused?: ReadonlyMap<string, string>
}

/** What there is to say of a set that serves. */
interface About {
  readonly warnings: readonly Finding[]
  readonly heldBack: readonly string[]
}

/** How a job ends; slices come before `set`. */
export type JobEnd =
  | ({ readonly kind: 'set'; readonly revision: string } & About)
  | ({ readonly kind: 'same' } & About)
  | { readonly kind: 'none' }
  | { readonly kind: 'findings'; readonly errors: readonly Finding[]; readonly warnings: readonly Finding[] }
  | { readonly kind: 'error'; readonly code: ErrorCode; readonly message: string }

export type JobAnswer = { readonly kind: 'slice'; readonly slice: SetSlice } | JobEnd

/** Comes unasked: which large document is checked from now on; none any more. */
export interface Checking {
  readonly kind: 'checking'
  readonly document?: string | undefined
}

export type JobMessage = JobAnswer | Checking
