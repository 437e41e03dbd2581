/** What the controller asks its processes for the history: the one that keeps the index, and the one that ships records. */
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
      /** Its files are shipped. */
      readonly isShared: boolean
    }
  | { readonly say: 'list'; readonly n: number; readonly query: CallQuery }
  | { readonly say: 'find'; readonly n: number; readonly id: string }

/** Beside answers, and lines for the log (supervised-process.ts). */
export interface OwnFromHistory {
  readonly say: 'removed'
  /** Of the journal, by this process. */
  readonly files: number
}

/** What may be missing in a list: older calls, since the journal is still being read, and calls of other machines. */
export type Missing = 'older' | 'otherMachines'

export interface EndedCalls {
  /** The newest first. */
  readonly calls: readonly CallLine[]
  /** Empty: nothing is. */
  readonly missing: readonly Missing[]
}

export type ToShipping =
  | {
      readonly say: 'start'
      /** The folder of all data. */
      readonly data: string
      /** URL of the database. */
      readonly store: string
      /** Of the controller. */
      readonly name: string
      /** The database keeps the records of so many days that are over; undefined: of all. */
      readonly sharedDays: number | undefined
    }
  | { readonly say: 'list'; readonly n: number; readonly query: CallQuery }
  | { readonly say: 'find'; readonly n: number; readonly id: string }
  /** Whether this journal does not know of that person any more. */
  | { readonly say: 'forgotten'; readonly forgetting: Forgetting; readonly isDone: boolean }

export type OwnFromShipping =
  | { readonly say: 'counts'; readonly counts: ShippingCounts }
  /** To be done by the controller. */
  | { readonly say: 'forget'; readonly forgetting: Forgetting }

export interface ShippingCounts {
  /** Records of the journal that are not in the database yet. */
  readonly waiting: number
  /** How long the oldest of them has been there; 0: none waits. */
  readonly oldestMs: number
  readonly shipped: number
  /** Attempts, each of which is repeated. */
  readonly failures: number
  /** Records that the database did not take: they are in the journal alone. */
  readonly refused: number
}

/** Somebody asked for a person to be forgotten, on whichever machine. */
export interface Forgetting {
  readonly seq: number
  readonly number: string
  /** Reads national numbers; null: none does. */
  readonly country: string | null
  /** Who asked for it. */
  readonly author: string
}

/** `away`: why the database cannot be asked. */
export type SharedAnswer<T> = { readonly found: T } | { readonly away: string }
