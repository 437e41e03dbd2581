/** What the plan store has done in a process of its own, and the messages that come back. All of it can be cloned. */
import type { ErrorCode } from '../../util/errors.ts'
import type { Change } from '../diff/index.ts'
import type { LintOptions } from '../lint/index.ts'
import type { SetSlice } from '../revisions/index.ts'
import type { Finding } from './finding.ts'
import type { TestedDocument } from './tested.ts'

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
  /** The set as it would be with this document. */
  readonly replaced?: ReplacedDocument
  /** Keeps nothing, and ends with what would change. */
  readonly dryRun?: boolean
  /** Tests are required to pass. */
  readonly judge?: TestModule | undefined
}

/**
 * Whoever runs tests: a module that exports `judge`, a `JudgeSet` that also gets `options` and `JudgeLimits`, and `runTests`, a
 * `RunTests` that also gets `options`. The room that tries calls stands above this one, so it is named here and not imported.
 */
export interface TestModule {
  readonly module: string
  /** Can be cloned. */
  readonly options: unknown
}

/** A document that takes the place of the one on disk. */
export interface ReplacedDocument {
  readonly name: string
  /** Absent: there is none of this name. */
  readonly bytes?: Uint8Array
  /** Tests that take the place of those beside it; `none`: it has none. */
  readonly tests?: Uint8Array | 'none'
  /** Patterns of the documents that findings may name. */
  readonly visible: readonly string[]
}

/** Reads a revision that was kept. */
export interface RestoreJob {
  readonly kind: 'restore'
  readonly revisions: string
  readonly revision: string
  readonly options: JobOptions
  /** Nothing is restored where one of its documents claims what is not granted to it any more. */
  readonly checkClaims: boolean
  /** A call, or who publishes, waits for it; all else comes behind them. */
  readonly isUrgent: boolean
}

/** Validates one document. */
export interface ValidateJob {
  readonly kind: 'validate'
  readonly name: string
  readonly bytes: Uint8Array
  readonly options: JobOptions
  /** Its tests, which have to pass. */
  readonly tests?: { readonly bytes: Uint8Array; readonly judge: TestModule } | undefined
}

/** Makes a set of one document that is not on disk. */
export interface DraftJob {
  readonly kind: 'draft'
  readonly name: string
  readonly bytes: Uint8Array
  readonly options: JobOptions
}

/** Runs the tests of one document, each of which a client may have sent. */
export interface TestsJob {
  readonly kind: 'tests'
  readonly name: string
  readonly document: Uint8Array
  readonly tests: Uint8Array
  readonly options: JobOptions
  readonly module: TestModule
}

/** Says what a document changes. */
export interface CompareDraftJob {
  readonly kind: 'compareDraft'
  readonly name: string
  readonly bytes: Uint8Array
  /** As it is on disk; absent: there is none of this name. */
  readonly before?: Uint8Array
  readonly options: JobOptions
}

/** Says what is different between two revisions that were kept. */
export interface CompareJob {
  readonly kind: 'compare'
  readonly revisions: string
  readonly from: string
  readonly to: string
  readonly options: JobOptions
  /** Patterns of the documents that are compared. */
  readonly documents: readonly string[]
}

/** Reads the documents of a revision that was kept, as they were written: pieces of JSON. */
export interface ContentJob {
  readonly kind: 'content'
  readonly revisions: string
  readonly revision: string
  /** Patterns of the documents. */
  readonly documents: readonly string[]
}

export type Job = (
  LoadJob | RestoreJob | ValidateJob | DraftJob | TestsJob | CompareDraftJob | CompareJob | ContentJob
) & {
  /** document → why it is refused without a check: an earlier one did not come to an end. */
  readonly refused?: ReadonlyMap<string, string>
}

interface SetReport {
  readonly warnings: readonly Finding[]
  readonly heldBack: readonly string[]
}

/** What is different, as far as it is told. */
export interface Changes {
  readonly changes: readonly Change[]
  /** There are more of them. */
  readonly more: boolean
}

export interface Counts {
  readonly documents: number
  readonly plans: number
  readonly numbers: number
}

/** How a job ends; slices come before `set`, pieces before `end`. */
export type JobEnd =
  | ({ readonly kind: 'set'; readonly revision: string } & SetReport)
  | ({ readonly kind: 'same' } & SetReport)
  | ({ readonly kind: 'wouldChange'; readonly revision: string } & Counts & SetReport & Changes)
  | ({ readonly kind: 'compared' } & Changes)
  | { readonly kind: 'tested'; readonly tested: TestedDocument }
  | { readonly kind: 'end' }
  /** There is no such revision, or this program cannot read it. */
  | { readonly kind: 'none'; readonly revision: string }
  | { readonly kind: 'findings'; readonly errors: readonly Finding[]; readonly warnings: readonly Finding[] }
  | { readonly kind: 'error'; readonly code: ErrorCode; readonly message: string }

/** What comes in parts. */
export type JobPart =
  { readonly kind: 'slice'; readonly slice: SetSlice } | { readonly kind: 'piece'; readonly piece: string }

/** Answers to the job and to each `next`. */
export type JobAnswer = JobPart | JobEnd

/** Comes between answers: the large document whose check begins, or none when it has ended. */
export interface Checking {
  readonly kind: 'checking'
  readonly document?: string | undefined
}

export type JobMessage = JobAnswer | Checking
