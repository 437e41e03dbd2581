/** The walk's port to customers' servers: what a webhook is sent with, and what comes back. Nothing here knows of HTTP. */
import { hash } from 'node:crypto'
import type { WebhookSpec } from './document.ts'
import { echoes, type Variables } from './variables.ts'

/** The values that a URL template may contain, and that a POST has in its body. */
export interface WebhookValues {
  /** What the caller keyed; secret. Empty when no digits were collected. */
  readonly code: string
  readonly did: string
  readonly callerid: string
  readonly callername: string
  /** What servers returned before, by name; absent: nothing. */
  readonly variables?: Variables
  /** Those that are secret. */
  readonly secretVariables?: Variables
}

/** What must not be written down of the values. */
export function secretsIn({
  code,
  secretVariables = {},
}: Pick<WebhookValues, 'code' | 'secretVariables'>): string[] {
  return [...(code === '' ? [] : [code]), ...echoes(Object.values(secretVariables))]
}

/** One webhook request, whatever number of HTTP requests (retries, redirects, fallback) it takes. */
export interface WebhookRequest {
  readonly document: string
  /** Of the webhook, in its document. */
  readonly name: string
  readonly webhook: WebhookSpec
  readonly values: WebhookValues
  readonly callId: string
  /** `Idempotency-Key`: the same for every attempt of one request, also by another controller. */
  readonly key: string
  /**
   * - `codes`: with digits that the caller keyed: a code that was revoked must not be accepted from a cache
   * - `notice`: nobody waits for it or reads the answer, while the call goes on
   * - `missed`: nor this one, when the call is over
   * - `event`: nor this one, which is kept on disk until it is taken
   */
  readonly kind: 'plain' | 'codes' | 'notice' | 'missed' | 'event'
  /** Of an `event`: JSON, which is posted in place of the values. */
  readonly body?: string
  /** The header of that name (W3C Trace Context), which says what trace the request is part of; absent: of none. */
  readonly traceparent?: string
  /** Of variables that are secret where the answer has them; absent: nobody reads it. */
  readonly secretNames?: ReadonlySet<string>
  readonly signal: AbortSignal
}

/** The request to the `missed` webhook of a call on which nobody talked to the caller. */
export type MissedCall = Omit<WebhookRequest, 'kind' | 'secretNames' | 'signal'>

export interface WebhookResult {
  readonly status: 'ACK' | 'NAK' | 'ERR'
  readonly destination?: string
  /** A list, in place of `destination`. */
  readonly destinations?: readonly string[]
  readonly callername?: string
  readonly variables?: Variables
  /** Names of those among them that are secret in any case; a replay, whose record does not have their values, says so. */
  readonly secretVariables?: readonly string[]
  /** The URL requested last, with `{code}` unexpanded. */
  readonly url: string
  readonly http?: number
  /** How many requests were sent; 0 when none left the controller. */
  readonly tries: number
  readonly source: 'server' | 'fallback' | 'cache' | 'stale' | 'none'
  /** A short reason when the server did not send the status itself, such as `connection refused`. */
  readonly error?: string
  readonly warnings: readonly string[]
}

/** Sends a request to a customer's server. Never rejects: every failure is an `ERR` with a reason. */
export type SendWebhook = (request: WebhookRequest) => Promise<WebhookResult>

/** Depends on the call and its place in the plan alone, so that every controller computes the same key. */
export function idempotencyKey(callId: string, steps: number, attempt: number): string {
  return hash('sha256', `${callId}/${steps}/${attempt}`, 'base64url').slice(0, 22)
}
