/** What the controller and its process for events say to each other. */
import type { Config } from '../config/index.ts'
import type { WebhookSpec } from '../plan/index.ts'
import type { ListQuery } from './event-list.ts'
import type { ListedEvent } from './listed-event.ts'

/** A webhook as its document has it now, and what its requests may use. */
export interface Receiver {
  readonly webhook: WebhookSpec
  /** The values of the environment variables that it names. */
  readonly env: Readonly<Record<string, string>>
  readonly privateNetworks: readonly string[]
}

export interface Counts {
  readonly waiting: number
  readonly delivered: number
  readonly givenUp: number
  /** Events that could not be kept. */
  readonly lost: number
  /** Of those that wait or were given up: not in the shared database yet. */
  readonly uncopied: number
  /** Events of machines that were lost, taken over from the shared database. */
  readonly adopted: number
}

/** The database that machines share. */
export interface Shared {
  readonly url: string
  /** This controller, such as `pbx1:8084`. */
  readonly controller: string
}

/** The events of a list. */
export interface EventList {
  readonly events: readonly ListedEvent[]
  /** False: those of other machines are missing, since the shared database does not answer. */
  readonly isWhole: boolean
}

export interface Start {
  readonly say: 'start'
  readonly folder: string
  /** Of this controller's files. */
  readonly name: string
  /** Another process had them before. */
  readonly again: boolean
  readonly webhooks: Omit<Config['webhooks'], 'env'>
  readonly shared?: Shared
  /** Of belplan. */
  readonly version: string
}

/** `n` is the number of a question; its answer has the same. */
export type ToEvents =
  | Start
  /** The log has grown; `file`: the number of the one that is written to. */
  | { readonly say: 'grown'; readonly file: number }
  | { readonly say: 'receiver'; readonly n: number; readonly receiver: Receiver | undefined }
  | { readonly say: 'list'; readonly n: number; readonly query: ListQuery }
  | { readonly say: 'documents'; readonly n: number }
  | { readonly say: 'retry'; readonly n: number; readonly id: string }

/** Beside answers, and lines for the log (supervised-process.ts). */
export type OwnFromEvents =
  | { readonly say: 'receiver?'; readonly n: number; readonly document: string; readonly webhook: string }
  | { readonly say: 'counts'; readonly counts: Counts }
