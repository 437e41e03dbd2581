/** What is sent for a question, whichever URL it goes to. */
import { isReservedHeader, type WebhookRequest, type WebhookSpec } from '../plan/index.ts'
import type { Request } from './exchange.ts'
import { secretBytes, secretFault, signatureHeaders } from './sign.ts'

/** Reads a name of the environment on behalf of a document; undefined when it is not granted or not set. */
export type Environment = (document: string, name: string) => string | undefined

/** What every request of a webhook carries, its secrets resolved. */
export interface Credentials {
  /** The webhook's own headers: they go to its own origin only. */
  readonly headers: Readonly<Record<string, string>>
  /** Likewise: signatures go to its own origin only. */
  readonly secrets: readonly Buffer[]
}

/** Everything of a question that does not depend on the URL. */
export interface Outgoing extends Credentials {
  readonly key: string
  readonly userAgent: string
  /** The body of a POST. */
  readonly form: () => string
}

/**
 * Resolves `env:` values; once for a webhook, since it costs as much as it has headers. The fault names what is
 * missing or no key, never a value.
 */
export function credentialsOf(
  document: string,
  { headers, signingSecret = [] }: WebhookSpec,
  env: Environment,
): Credentials | { readonly fault: string } {
  const missing: string[] = []
  const read = (text: string): string => {
    if (!text.startsWith('env:')) return text
    const value = env(document, text.slice(4)) ?? ''
    // An empty one is as good as none: a header without its token.
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
  return { headers: Object.fromEntries(own), secrets: secrets.map(secretBytes) }
}

export function outgoing(question: WebhookRequest, credentials: Credentials, userAgent: string): Outgoing {
  const { did, callerid, callername, code } = question.values
  const form = () =>
    new URLSearchParams({ did, callerid, callername, code, callid: question.callId }).toString()
  return { ...credentials, key: question.key, userAgent, form }
}

/** `home`: the URL is of the webhook's own origin, so that credentials and signature may go along. */
export function requestFor(
  out: Outgoing,
  url: URL,
  method: 'GET' | 'POST',
  home: boolean,
  nowMs: number,
): Request {
  const body = method === 'POST' ? out.form() : undefined
  const headers: Record<string, string> = {
    accept: 'application/x-www-form-urlencoded, application/json',
    ...(home ? out.headers : {}),
    'accept-encoding': 'identity',
    'user-agent': out.userAgent,
    'idempotency-key': out.key,
    ...(body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
    ...(home && out.secrets.length > 0
      ? signatureHeaders(out.secrets, { id: out.key, method, url: url.href, body: body ?? '' }, nowMs)
      : {}),
  }
  return { url, method, headers, body }
}
