/** What is sent for a question, whichever URL it goes to. */
import type { Question } from '../plan/call.ts'
import { isReservedHeader } from '../plan/webhook-headers.ts'
import type { Request } from './exchange.ts'
import { secretBytes, signatureHeaders } from './sign.ts'

/** Reads a name of the environment on behalf of a document; undefined when it is not granted or not set. */
export type Environment = (document: string, name: string) => string | undefined

/** Everything of a question that does not depend on the URL, its secrets resolved. */
export interface Outgoing {
  readonly key: string
  readonly userAgent: string
  /** The webhook's own headers: they go to its own origin only. */
  readonly headers: Readonly<Record<string, string>>
  /** Likewise: signatures go to its own origin only. */
  readonly secrets: readonly Buffer[]
  /** The body of a POST. */
  readonly form: () => string
}

/** Resolves `env:` values. The fault names the missing one, never a value. */
export function outgoing(
  question: Question,
  env: Environment,
  userAgent: string,
): Outgoing | { readonly fault: string } {
  const missing: string[] = []
  const read = (text: string): string => {
    if (!text.startsWith('env:')) return text
    const value = env(question.document, text.slice(4)) ?? ''
    // An empty one is as good as none: a header without its token, or a signature that anyone can make.
    if (value === '' || value === 'whsec_') missing.push(text)
    return value
  }
  const { headers, signingSecret = [] } = question.webhook
  const own = Object.entries(headers)
    .filter(([name]) => !isReservedHeader(name))
    .map(([name, value]) => [name.toLowerCase(), read(value)] as const)
  const secrets = [signingSecret].flat().map((secret) => secretBytes(read(secret)))
  if (missing.length > 0) return { fault: `${missing.join(', ')} is not granted, not set or empty` }

  const { did, callerid, callername, code } = question.values
  const form = () =>
    new URLSearchParams({ did, callerid, callername, code, callid: question.callId }).toString()
  return { key: question.key, userAgent, headers: Object.fromEntries(own), secrets, form }
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
