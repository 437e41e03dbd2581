/** What became of one request. Results, not exceptions: a server that fails is an everyday thing here. */
import type { Why } from './deadline.ts'

export type Outcome = Complete | Fault

/** The server answered to the end; what it says is another matter. */
export interface Complete {
  readonly kind: 'complete'
  readonly http: number
  readonly contentType: string
  readonly location: string | undefined
  readonly body: Uint8Array
}

export interface Fault {
  readonly kind: 'fault'
  /**
   * `network`: the connection or the server failed; `refused`: not allowed or not possible, trying again is of
   * no use; `circuit` and `busy`: not asked, to spare server and callers; or why the wait was over.
   */
  readonly cause: Why | 'network' | 'refused' | 'circuit' | 'busy'
  /** For the journal: our own words, nothing that the server sent. */
  readonly error: string
  /** The request may have reached the server. */
  readonly sent: boolean
  /** The status line had arrived before it went wrong. */
  readonly http?: number
  /** A kept-alive connection was closed under the request: nothing was wrong with the server. */
  readonly stale?: true
}

export function refused(error: string, sent = false): Fault {
  return { kind: 'fault', cause: 'refused', error, sent }
}

/** Not asked, since too much is under way: nothing is said about the server. */
export function tooMany(error: string): Fault {
  return { kind: 'fault', cause: 'busy', error, sent: false }
}

/** The fault of a wait that was over; `doing` says what was waited for. */
export function ended(why: Why, doing: string, sent: boolean): Fault {
  const error =
    why === 'timeout' ? `timeout: ${doing}` : why === 'closing' ? 'controller stopping' : 'caller gone'
  return { kind: 'fault', cause: why, error, sent }
}
