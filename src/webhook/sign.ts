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

/** Of a key behind `whsec_`. Standard Webhooks asks for 24 bytes; shorter ones of some systems are no weaker in practice. */
const SHORTEST_KEY = 16

/** Of any other text, in bytes: below that it is guessed from one signed request. */
const SHORTEST_TEXT = 8

/** What is wrong with a signing secret, as the rest of a sentence that begins with its name; undefined when nothing is. */
export function secretFault(secret: string): string | undefined {
  if (!secret.startsWith('whsec_'))
    return Buffer.byteLength(secret) < SHORTEST_TEXT
      ? `is shorter than ${SHORTEST_TEXT} bytes: anyone could guess it`
      : undefined
  // Buffer skips what is no base64, so that `whsec_!!` would be an empty key. Padding may be left out.
  if (!/^(?:[\w+/-]{4})*(?:[\w+/-]{2,3})?={0,2}$/.test(secret.slice(6))) return 'is not base64 behind whsec_'
  if (secretBytes(secret).length < SHORTEST_KEY)
    return `has fewer than ${SHORTEST_KEY} bytes behind whsec_; Standard Webhooks asks for 24 to 64`
  return undefined
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
