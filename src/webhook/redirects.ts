/** A request and the redirects it leads to. */
import { MAX_REDIRECTS } from './limits.ts'
import { refused, type Outcome } from './outcome.ts'

export type Method = 'GET' | 'POST'

/** Sends to one URL. `home`: it is of the origin that was asked first. */
export type Send = (url: URL, method: Method, home: boolean) => Promise<Outcome>

export interface Followed {
  readonly outcome: Outcome
  /** Where the last redirect led; undefined without any. */
  readonly redirectedTo: string | undefined
}

/**
 * Follows up to 3 redirects. 301, 302 and 303 turn a POST into a GET (RFC 9110, section 15.4), 307 and 308 repeat
 * it. A step down from https to http is refused: it would show the caller's number, and maybe a code, to anyone
 * on the way. An answer that is no proper redirect is the answer.
 */
export async function follow(first: URL, method: Method, send: Send): Promise<Followed> {
  let url = first
  let redirectedTo: string | undefined
  for (let hops = 0; ; hops++) {
    const outcome = await send(url, method, url.origin === first.origin)
    // A hop was answered before: the request as a whole has been seen by a server.
    if (outcome.kind === 'fault')
      return { outcome: hops === 0 ? outcome : { ...outcome, sent: true }, redirectedTo }
    const target = targetOf(outcome.http, outcome.location, url)
    if (!target) return { outcome, redirectedTo }
    const stop = (error: string) => ({
      outcome: { ...refused(error, true), http: outcome.http },
      redirectedTo,
    })
    if (hops === MAX_REDIRECTS) return stop('too many redirects')
    if (target.protocol !== 'https:' && target.protocol !== 'http:')
      return stop('redirect to something else than http or https')
    if (url.protocol === 'https:' && target.protocol === 'http:') return stop('redirect from https to http')
    if (outcome.http <= 303) method = 'GET'
    url = target
    redirectedTo = target.href
  }
}

function targetOf(http: number, location: string | undefined, base: URL): URL | undefined {
  if (![301, 302, 303, 307, 308].includes(http) || location === undefined) return undefined
  const target = URL.parse(location, base.href)
  if (!target) return undefined
  target.hash = ''
  // Never sent anyway, and it must not reach the journal.
  target.username = target.password = ''
  return target
}
