/** What the controller asks its process for the history. */
import type { CallLine } from '../records/index.ts'
import type { CallQuery } from './call-query.ts'
import type { Retention } from './retention.ts'

/** `n` is the number of a question; its answer has the same. */
export type ToHistory =
  | {
      readonly say: 'start'
      /** The folder of all data. */
      readonly data: string
      /** Absent: nothing of the journal is removed. */
      readonly retention: Retention | undefined
    }
  | { readonly say: 'list'; readonly n: number; readonly query: CallQuery }
  | { readonly say: 'find'; readonly n: number; readonly id: string }

/** Beside answers, and lines for the log (supervised-process.ts). */
export interface OwnFromHistory {
  readonly say: 'removed'
  /** Of the journal, by this process. */
  readonly files: number
}

export interface EndedCalls {
  /** The newest first. */
  readonly calls: readonly CallLine[]
  /** The journal was read to its end; else calls may be missing. */
  readonly isWhole: boolean
}
