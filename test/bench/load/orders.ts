/** Orders to the load generator and its reports: messages between processes. */

/** What FreeSWITCH's side of a call does once an application runs. */
export type Flow =
  /** A bridge is answered on the next tick; the call is over when the controller says `exit`. */
  | 'letGo'
  /** Prompts and digit entry never end. */
  | 'hold'

export interface LoadOrder {
  readonly port: number
  readonly flow: Flow
  /** A number of calls at one time, each followed by the next; or a number of new ones a second. */
  readonly pace: { readonly inFlight: number } | { readonly perSecond: number }
  /** Calls before the measuring begins: code gets warm, connections to the webhook are made. */
  readonly warmUp: number
  /** Calls that are measured. */
  readonly calls: number
  /** The channel's own variables are those that the shipped dialplan extension sets; else none are set. */
  readonly dialplan: 'shipped' | 'bare'
  /** The dialled number; 11 digits. */
  readonly did: string
}

/** Sent when the warm-up is over and when the last measured call is. */
export type LoadEvent =
  | { readonly kind: 'measuring' }
  | { readonly kind: 'done'; readonly report: LoadReport }
  | { readonly kind: 'failed'; readonly reason: string }

export interface LoadReport {
  /** Calls that went as planned: bridged and let go, or held. */
  readonly good: number
  /** Calls that did not, by what happened to them. */
  readonly bad: Readonly<Record<string, number>>
  readonly wallMs: number
  /** CPU time of the generator itself, of all its threads. */
  readonly cpuMs: number
  /** What the controller wrote, over all measured calls. */
  readonly bytes: number
  readonly commands: number
  /** Applications queued with `sendmsg`: each waits for a 20 ms tick of its channel. */
  readonly applications: number
  /**
   * Milliseconds from the connect reply to the first `sendmsg`, by the call's number from 0; NaN where there was
   * none. Measured calls only, the first of them at `firstMeasured`.
   */
  readonly decisionMs: Float64Array
  readonly firstMeasured: number
  readonly peakRssMiB: number
}

export interface JournalOrder {
  /** Of the journal. */
  readonly file: string
  /** The number of the first record: each is another call. */
  readonly from: number
  readonly records: number
  /** Absent: as fast as it can. */
  readonly perSecond?: number
}

export interface JournalEvent {
  readonly kind: 'written'
  readonly bytes: number
}
