/** What the controller and its process for sharing say to each other. */
import type { CallOfRecord, PendingCopy } from '../records/index.ts'
import type { Tally } from '../util/tally.ts'

/** A controller that was not seen for longer is lost, and counts for nothing. */
export const LIVES_MS = 5000

/** Of one controller, or of several together: each number of a key is added up. */
export interface Counts {
  readonly documents: Tally
  readonly callers: Tally
  readonly legs: Tally
  /** Counted for ever: those of controllers that have ended stay in the sum. */
  readonly turns: Tally
}

/** What others are told of this controller. */
export interface Own {
  /** That serves. */
  readonly revision: string
  /** As `/readyz` says. */
  readonly ready: boolean
}

/** A controller that runs, or did in the last day. */
export interface SeenController {
  /** Host and port of its event socket. */
  readonly name: string
  /** Another one after each start. */
  readonly run: string
  /** Of its folder of data: controllers that share one have the same. */
  readonly data: string
  /** Of belplan. */
  readonly version: string
  readonly revision: string
  readonly ready: boolean
  /** `lost`: nothing was heard of it for seconds, and it has not said that it ends. */
  readonly state: 'lives' | 'ended' | 'lost'
  /** By the database's clock, ISO 8601. */
  readonly startedAt: string
  readonly seenAt: string
  /** Milliseconds before this was said, by the clock of whoever says it. */
  readonly startedAgoMs: number
  readonly seenAgoMs: number
}

export interface Claimed {
  /** Ids of those whose records this machine is to write; those of the others are written, or about to be. */
  readonly ours: readonly string[]
  /** Of these what other machines had of them as they were lost. */
  readonly copies: readonly PendingCopy[]
}

export interface Start extends Own {
  readonly say: 'start'
  /** Of the database. */
  readonly url: string
  readonly name: string
  readonly run: string
  readonly data: string
  /** Of all data. */
  readonly folder: string
  readonly version: string
}

/** `n` is the number of a question; its answer has the same. */
export type ToSharing =
  | Start
  /** The controller lives; said each second. */
  | ({ readonly say: 'own' } & Own)
  | { readonly say: 'counts'; readonly counts: Counts }
  /** The answer is a `Claimed`; undefined: the database cannot be asked. */
  | { readonly say: 'claim'; readonly n: number; readonly calls: readonly CallOfRecord[] }

/** Beside answers, and lines for the log (supervised-process.ts). */
export type OwnFromSharing =
  /** Each second while the database answers, and when one comes or goes. */
  | { readonly say: 'controllers'; readonly controllers: readonly SeenController[] }
  | { readonly say: 'others'; readonly counts: Counts }
  /** What an earlier run of this controller told last. */
  | { readonly say: 'before'; readonly turns: Tally }
  | { readonly say: 'away'; readonly error: string }
