/** The HTTP request of a webhook: headers, credentials, body and signature. */
import { createHmac } from 'node:crypto'
import type { Environment } from '../config/index.ts'
import { type Grants, isReservedHeader, type WebhookRequest, type WebhookSpec } from '../plan/index.ts'

export type HttpMethod = 'GET' | 'POST'

export interface HttpRequest {
  readonly url: URL
  readonly method: HttpMethod
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
}

/** Reads an environment variable on behalf of a document; undefined when it is not granted or not set. */
export type GrantedEnvironment = (document: string, name: string) => string | undefined

/** By what the operator grants. */
export const grantedEnvironment =
  (grants: Grants, env: Environment): GrantedEnvironment =>
  (document, name) =>
    grants.of(document).env.includes(name) ? env[name] : undefined

/** What the requests of a webhook carry to its own origin and to no other. */
interface Credentials {
  /** The webhook's own headers. */
  readonly headers: Readonly<Record<string, string>>
  /** Keys of the signatures. */
  readonly signingKeys: readonly Buffer[]
}

/**
 * Resolves `env:` values; once for a webhook, since that takes longer the more headers it has. The fault names what
 * is missing or not a key, never a value.
 */
export function credentialsOf(
  document: string,
  { headers, signingSecret = [] }: WebhookSpec,
  env: GrantedEnvironment,
): Credentials | { readonly fault: string } {
  const missing: string[] = []
  const read = (text: string): string => {
    if (!text.startsWith('env:')) return text
    const value = env(document, text.slice(4)) ?? ''
    // An empty value would be a header without its token.
    if (value === '') missing.push(text)
    return value
  }
  const own = Object.entries(headers)
    .filter(([name]) => !isReservedHeader(name))
    .map(([name, value]) => [name.toLowerCase(), read(value)] as const)
  const written = [signingSecret].flat()
  const secrets = written.map(read)
  if (missing.length > 0) return { fault: `${missing.join(', ')} is not granted, not set or empty` }
  for (const [i, secret] of secrets.entries()) {
    const fault = secretFault(secret)
    const which = written[i]!.startsWith('env:') ? written[i]! : 'the signing secret'
    if (fault !== undefined) return { fault: `${which} ${fault}` }
  }
  return { headers: Object.fromEntries(own), signingKeys: secrets.map(signingKey) }
}

const FORM = 'application/x-www-form-urlencoded'

/** `sameOrigin`: the URL is of the webhook's own origin, which alone gets credentials and signatures. */
export type BuildHttpRequest = (url: URL, method: HttpMethod, sameOrigin: boolean) => HttpRequest

/** Builds what every attempt and redirect of a webhook request sends. */
export function httpRequestBuilder(
  { values, callId, key, body: json, traceparent }: WebhookRequest,
  { headers, signingKeys }: Credentials,
  userAgent: string,
): BuildHttpRequest {
  const { did, callerid, callername, code, variables = {} } = values
  const named = Object.entries(variables).map(([name, value]) => [`var.${name}`, value] as const)
  return (url, method, sameOrigin) => {
    const body =
      method === 'POST'
        ? (json ??
          new URLSearchParams({
            ...{ did, callerid, callername, code, callid: callId },
            ...Object.fromEntries(named),
          }).toString())
        : undefined
    return {
      url,
      method,
      headers: {
        accept: 'application/x-www-form-urlencoded, application/json',
        ...(sameOrigin ? headers : {}),
        'accept-encoding': 'identity',
        'user-agent': userAgent,
        'idempotency-key': key,
        ...(traceparent !== undefined && { traceparent }),
        ...(body === undefined ? {} : { 'content-type': json === undefined ? FORM : 'application/json' }),
        ...(sameOrigin && signingKeys.length > 0
          ? signatureHeaders(signingKeys, key, `${method} ${url.href}\n${body ?? ''}`)
          : {}),
      },
      body,
    }
  }
}

/** Of a key behind `whsec_`. Standard Webhooks asks for 24 bytes; shorter ones of some systems are no weaker in practice. */
const MIN_KEY_BYTES = 16

/** Of any other text: a shorter one can be guessed from one signed request. */
const MIN_TEXT_BYTES = 8

/** What is wrong with a signing secret, as the rest of a sentence that begins with its name; undefined when nothing is. */
export function secretFault(secret: string): string | undefined {
  if (!secret.startsWith('whsec_'))
    return Buffer.byteLength(secret) < MIN_TEXT_BYTES
      ? `is shorter than ${MIN_TEXT_BYTES} bytes: anyone could guess it`
      : undefined
  // Buffer skips what is not base64, so that `whsec_!!` would be an empty key. Padding may be left out.
  if (!/^(?:[\w+/-]{4})*(?:[\w+/-]{2,3})?={0,2}$/.test(secret.slice(6))) return 'is not base64 behind whsec_'
  if (signingKey(secret).length < MIN_KEY_BYTES)
    return `has fewer than ${MIN_KEY_BYTES} bytes behind whsec_; Standard Webhooks asks for 24 to 64`
  return undefined
}

/** `whsec_` and base64, or any other text as it is. */
function signingKey(secret: string): Buffer {
  return secret.startsWith('whsec_') ? Buffer.from(secret.slice(6), 'base64') : Buffer.from(secret, 'utf8')
}

/**
 * The headers of Standard Webhooks 1.0, which signs `id.timestamp.payload`. The payload here is method and URL, a line
 * feed and the body, since a GET has no body and its URL is what matters. Two keys (while one replaces the other) make
 * two signatures, separated by a blank.
 */
function signatureHeaders(keys: readonly Buffer[], id: string, payload: string): Record<string, string> {
  const timestamp = String(Math.floor(Date.now() / 1000))
  const content = `${id}.${timestamp}.${payload}`
  const signatures = keys.map((key) => `v1,${createHmac('sha256', key).update(content).digest('base64')}`)
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatures.join(' '),
  }
}
