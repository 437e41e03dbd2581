/** One URL, asked as often as the webhook allows. */
import { isIP } from 'node:net'
import { pause, type Deadline } from './deadline.ts'
import { exchange } from './exchange.ts'
import type { Connections } from './connections.ts'
import { AddressRefused } from './guard.ts'
import type { Origins } from './origins.ts'
import { refused, type Outcome } from './outcome.ts'
import { follow, type Followed, type Method } from './redirects.ts'
import { requestFor, type Outgoing } from './request.ts'

const FIRST_PAUSE_MS = 50

export interface AttemptParts {
  readonly connections: Connections
  readonly origins: Origins
  /** Wall clock, milliseconds: what a signature says. */
  readonly now: () => number
}

export interface Target {
  readonly document: string
  readonly url: string
  readonly method: Method
  readonly retries: number
}

export interface Attempted {
  readonly outcome: Outcome
  readonly redirectedTo: string | undefined
  /** How often the server was turned to. */
  readonly tries: number
}

/**
 * Asks, and asks again up to `retries` times where the last request cannot have been processed or is safe to
 * repeat: a GET is, a POST only while nothing was sent. A kept-alive connection that the server closed just as it
 * was used again costs a GET no retry: that is no fault of the server's.
 */
export async function attempt(
  parts: AttemptParts,
  target: Target,
  out: Outgoing,
  deadline: Deadline,
): Promise<Attempted> {
  const { document, method, retries } = target
  const { connections } = parts
  const guard = connections.guardOf(document)
  const first = new URL(target.url)
  let tries = 0

  const ask = async (): Promise<Followed> => {
    tries++
    const followed = await follow(first, method, (url, hopMethod, home) => {
      const literal = url.hostname.replace(/^\[|\]$/g, '')
      if (isIP(literal) !== 0 && !guard(literal))
        return Promise.resolve(refused(new AddressRefused(literal).message))
      const take = () => connections.take(document, url.origin, home, deadline.signal)
      return exchange(take, requestFor(out, url, hopMethod, home, parts.now()), deadline.signal)
    })
    const { outcome } = followed
    // There was no connection to be had for it.
    if (outcome.kind === 'fault' && outcome.cause === 'busy' && !outcome.sent) tries--
    return followed
  }

  let retry = 0
  for (let free = method === 'GET'; ;) {
    const { outcome, redirectedTo } = await parts.origins.run(document, first.origin, deadline.signal, ask)
    const done = { outcome, redirectedTo, tries }
    if (outcome.kind === 'complete' || outcome.cause !== 'network' || (outcome.sent && method !== 'GET'))
      return done
    if (outcome.stale && free) {
      free = false
      continue
    }
    if (retry === retries) return done
    // Half of it by chance, so that callers who failed together do not come back together.
    const waitMs = FIRST_PAUSE_MS * 2 ** retry * (0.5 + Math.random() / 2)
    if (!(await pause(waitMs, deadline.signal))) return done
    retry++
  }
}
