/**
 * Signatures in the header format of Standard Webhooks 1.0: `webhook-id`, `webhook-timestamp` and
 * `webhook-signature`. Standard Webhooks signs `id.timestamp.payload`; the payload here is the request line's
 * method and the URL, a line feed and the body, since a GET has no body and its URL is what matters.
 */
import { createHmac } from 'node:crypto'

export interface Signed {
  /** The same for every try of one question. */
  readonly id: string
  readonly method: string
  /** As asked: scheme, host, port unless it is the default, path and query. */
  readonly url: string
  /** Empty for a GET. */
  readonly body: string
}

/** `whsec_` and base64, or any other text as it is. */
export function secretBytes(secret: string): Buffer {
  return secret.startsWith('whsec_') ? Buffer.from(secret.slice(6), 'base64') : Buffer.from(secret, 'utf8')
}

/** The three headers; two secrets (while one replaces the other) give two signatures, separated by a blank. */
export function signatureHeaders(
  secrets: readonly Buffer[],
  signed: Signed,
  nowMs: number,
): Record<string, string> {
  const timestamp = String(Math.floor(nowMs / 1000))
  const content = `${signed.id}.${timestamp}.${signed.method} ${signed.url}\n${signed.body}`
  const signatures = secrets.map(
    (secret) => `v1,${createHmac('sha256', secret).update(content).digest('base64')}`,
  )
  return {
    'webhook-id': signed.id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatures.join(' '),
  }
}
