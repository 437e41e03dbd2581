/** Findings of validation: what is wrong with a plan set, where, and what to write instead. */

/** One error or warning; line and column count from 1, columns in UTF-16 units as editors do. */
export interface Finding {
  readonly document: string
  readonly file: string
  readonly line: number
  readonly column: number
  /** JSON pointer; empty for the document as a whole. */
  readonly pointer: string
  readonly message: string
}
