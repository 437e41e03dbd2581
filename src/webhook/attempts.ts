/** One URL, requested as often as its webhook allows, each time with the redirects that it leads to. */
import type { Time } from '../util/time.ts'
import { pause, type Deadline } from './deadline.ts'
import type { HttpOutcome, HttpResponse } from './exchange.ts'
import { refused } from './faults.ts'
import type { BuildHttpRequest, HttpMethod } from './http-request.ts'
import type { Origins } from './origins.ts'
import type { Transport } from './transport.ts'

const FIRST_PAUSE_MS = 50
const MAX_REDIRECTS = 3

export interface Target {
  readonly document: string
  /** The webhook's name. */
  readonly webhook: string
  readonly url: string
  readonly method: HttpMethod
  readonly retries: number
  /** No redirect turns a POST into a GET, which would be without its body. */
  readonly keepsMethod?: boolean
}

export interface Attempted {
  /** Of the last attempt. */
  readonly outcome: HttpOutcome
  /** How many requests were sent, those that followed a redirect not counted. */
  readonly tries: number
}

export type Attempt = (target: Target, build: BuildHttpRequest, deadline: Deadline) => Promise<Attempted>

/**
 * Retries up to `retries` times where the last request cannot have been processed or is safe to repeat: a GET is, a
 * POST only while nothing was sent. A kept-alive connection that the server closed just as it was used again costs a
 * GET no retry: the server has not failed.
 */
export function createAttempts(transport: Pick<Transport, 'send'>, origins: Origins, time: Time): Attempt {
  return async ({ document, webhook, url, method, retries, keepsMethod = false }, build, { signal }) => {
    const first = new URL(url)
    const send: Send = (hop, hopMethod) => {
      const sameOrigin = hop.origin === first.origin
      return transport.send(build(hop, hopMethod, sameOrigin), { document, webhook, sameOrigin }, signal)
    }

    let tries = 0
    const attempt = async (): Promise<HttpOutcome> => {
      tries++
      const outcome = await follow(first, method, send, keepsMethod)
      // There was no free connection for it.
      if (outcome.kind === 'fault' && outcome.cause === 'busy' && !outcome.sent) tries--
      return outcome
    }

    let freeRetries = method === 'GET' ? 1 : 0
    for (let retry = 0; ;) {
      const outcome = await origins.run(document, first.origin, signal, attempt)
      const done = { outcome, tries }
      if (outcome.kind === 'response' || outcome.cause !== 'network') return done
      if (outcome.sent && method !== 'GET') return done
      if (outcome.keepAliveClosed && freeRetries > 0) {
        freeRetries--
        continue
      }
      if (retry === retries) return done
      // Half of it is random, so that callers who failed together do not retry together.
      if (!(await pause(FIRST_PAUSE_MS * 2 ** retry * (0.5 + Math.random() / 2), signal, time))) return done
      retry++
    }
  }
}

type Send = (url: URL, method: HttpMethod) => Promise<HttpOutcome>

/**
 * Follows up to 3 redirects. 301, 302 and 303 turn a POST into a GET (RFC 9110, section 15.4), or are not followed where it
 * keeps its method; 307 and 308 repeat it. A redirect from https to http is refused: it would show the caller's number, and maybe a code, to anyone on
 * the way. A response that is not a valid redirect is the response.
 */
async function follow(url: URL, method: HttpMethod, send: Send, keepsMethod: boolean): Promise<HttpOutcome> {
  let redirected: { readonly redirectedTo?: string } = {}
  for (let hops = 0; ; hops++) {
    const outcome = await send(url, method)
    // After a redirect a server has seen the request.
    if (outcome.kind === 'fault') return { ...outcome, sent: outcome.sent || hops > 0, ...redirected }
    const next = redirectOf(outcome, url)
    // It was taken, and the result is to be seen elsewhere (RFC 9110, section 15.4.4): nobody looks.
    const isTaken = keepsMethod && outcome.http === 303
    if (!next || isTaken) return { ...outcome, ...redirected }
    const stop = (error: string) => ({ ...refused(error, true), http: outcome.http, ...redirected })
    if (keepsMethod && outcome.http < 303)
      return stop(`HTTP ${outcome.http}: name the new address in the webhook, or redirect with 307 or 308`)
    if (hops === MAX_REDIRECTS) return stop('too many redirects')
    if (next.protocol !== 'https:' && next.protocol !== 'http:')
      return stop('redirect to something else than http or https')
    if (url.protocol === 'https:' && next.protocol === 'http:') return stop('redirect from https to http')
    if (outcome.http <= 303) method = 'GET'
    url = next
    redirected = { redirectedTo: next.href }
  }
}

function redirectOf({ http, location }: HttpResponse, base: URL): URL | undefined {
  if (![301, 302, 303, 307, 308].includes(http) || location === undefined) return undefined
  const target = URL.parse(location, base.href)
  if (!target) return undefined
  target.hash = ''
  // Never sent anyway, and it must not reach the journal.
  target.username = target.password = ''
  return target
}
