/** Names to addresses, each checked before it is connected to. */
import type { LookupAddress } from 'node:dns'
import { lookup as dnsLookup } from 'node:dns/promises'
import type { LookupFunction } from 'node:net'
import { LRUCache } from 'lru-cache'
import { AddressRefused, type Guard } from './guard.ts'
import { MAX_ORIGINS } from './limits.ts'

/** All addresses of a host name; rejects as node:dns does. */
export type Resolve = (hostname: string) => Promise<LookupAddress[]>

/** The system's resolver, hosts file included. */
export const systemResolve: Resolve = (hostname) => dnsLookup(hostname, { all: true })

/** A resolver answers in some milliseconds; a question has a few seconds in all. */
const PATIENCE_MS = 300
/** How old the answer may be that stands in for one that does not come. */
const KEPT_MS = 10 * 60_000

/** An answer may hold thousands of addresses, and thousands of answers are kept. */
const MOST_KEPT = 32

/**
 * A `lookup` for node:net: it hands over the very addresses that were checked, so that a name which changes its
 * mind between check and use gains nothing. One address that is not allowed spoils the whole answer: mixing
 * public and private ones is how rebinding looks, and a host that works now and then helps nobody.
 *
 * getaddrinfo runs on a few shared threads: look-ups of one name under way share one, so that a name whose
 * server is dead holds one thread and not all of them. A few such names do hold all: whoever must wait for them
 * gets the last answer for their own name instead.
 */
export function createLookup(guard: Guard, resolve: Resolve, patienceMs = PATIENCE_MS): LookupFunction {
  const underWay = new Map<string, Promise<LookupAddress[]>>()
  const known = new LRUCache<string, LookupAddress[]>({ max: MAX_ORIGINS, ttl: KEPT_MS })

  function ask(hostname: string): Promise<LookupAddress[]> {
    const shared = underWay.get(hostname)
    if (shared) return shared
    const fresh = resolve(hostname)
      .then((addresses) => {
        if (addresses.length <= MOST_KEPT) known.set(hostname, addresses)
        return addresses
      })
      .finally(() => underWay.delete(hostname))
    underWay.set(hostname, fresh)
    return fresh
  }

  function addressesOf(hostname: string): Promise<LookupAddress[]> {
    const last = known.get(hostname)
    const fresh = ask(hostname)
    if (last === undefined) return fresh
    const { promise, resolve: take, reject } = Promise.withResolvers<LookupAddress[]>()
    const timer = setTimeout(() => take(last), patienceMs)
    fresh.then(take, reject).finally(() => clearTimeout(timer))
    return promise
  }

  return (hostname, options, callback) => {
    addressesOf(hostname).then(
      (addresses) => {
        const bad = addresses.find(({ address }) => !guard(address))
        const first = addresses[0]
        if (bad) return callback(new AddressRefused(bad.address), '')
        if (!first) return callback(Object.assign(new Error('no address'), { code: 'ENODATA' }), '')
        if (options.all === true) callback(null, addresses)
        else callback(null, first.address, first.family)
      },
      (error: unknown) => callback(error as NodeJS.ErrnoException, ''),
    )
  }
}
