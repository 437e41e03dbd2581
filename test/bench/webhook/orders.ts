/** Messages between the webhook server and whoever started it. */

export type HookOrder =
  /** Answers every request after so long; `callers` is one more than the highest caller's number. */
  { readonly kind: 'begin'; readonly callers: number; readonly delayMs: number } | { readonly kind: 'report' }

export interface HookReport {
  /** From request to answer, in ms, by the caller's number; NaN for who never asked. */
  readonly ownMs: Float64Array
  /** Since the `begin`. */
  readonly cpuMs: number
}

export type HookEvent =
  | { readonly kind: 'listening'; readonly port: number }
  | { readonly kind: 'begun' }
  | { readonly kind: 'report'; readonly report: HookReport }
