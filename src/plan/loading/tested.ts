/** What became of a document's tests. */

/** One case that was run. */
export interface TestedCase {
  readonly name: string
  /** Its place in the file of tests. */
  readonly line: number
  readonly column: number
  readonly passed: boolean
  /** Of real time. */
  readonly ms: number
  readonly failures: readonly {
    readonly line: number
    readonly column: number
    /** In the file of tests. */
    readonly pointer: string
    /** Such as `answeredBy: expected 216, got nobody`. */
    readonly message: string
    /** Below `expect`, with what it says and what came of it; absent where the case could not be tried. */
    readonly field?: string
    readonly expected?: string
    readonly got?: string
    /** The step where the two part, and in words with the time. */
    readonly step?: string
    readonly at?: string
  }[]
  /** The way that the call took, in words; empty where it was not tried. */
  readonly walked: string
  readonly notes: readonly string[]
  /** What of the script was not used. */
  readonly unused: readonly string[]
}

/** What became of the tests of a document. */
export interface TestedDocument {
  readonly passed: number
  readonly failed: number
  readonly cases: readonly TestedCase[]
  /** Of the last cases nothing is told but their names, and whether they pass. */
  readonly more: boolean
  readonly coverage: {
    /** Of steps and branches. */
    readonly total: number
    readonly walked: number
    /** The first of those that no case walks, in reading order; `branch` is absent where it is the step itself. */
    readonly missing: readonly { readonly step: string; readonly branch?: string; readonly says: string }[]
  }
}
