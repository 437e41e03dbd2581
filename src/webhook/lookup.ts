/** Names to addresses, each checked before it is connected to. */
import type { LookupAddress } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { AddressRefused, type Guard } from './guard.ts'
import { MAX_ADDRESSES, MAX_ADDRESSES_TRIED, MAX_KNOWN_NAMES, MAX_KNOWN_NAMES_OF_ONE } from './limits.ts'
import { createShares } from './shares.ts'

/** All addresses of a host name; rejects as node:dns does. */
export type Resolve = (hostname: string) => Promise<LookupAddress[]>

/** A resolver answers in some milliseconds; a question has a few seconds in all. */
const PATIENCE_MS = 300
/** How old the answer may be that stands in for one that does not come. */
const KEPT_MS = 10 * 60_000

/**
 * Gives each document a `lookup` for node:net: it hands over the very addresses that were checked, so that a name
 * which changes its mind between check and use gains nothing. One address that is not allowed spoils the whole
 * answer: mixing public and private ones is how rebinding looks, and a host that works now and then helps nobody.
 *
 * Look-ups of one name under way share one. A look-up goes on when its question is over, and redirects lead to
 * any number of names: so each document has at most `mostUnderWay` of its own. Whoever must wait gets the last answer
 * for their name instead. An answer with more addresses than anybody needs is refused before anything goes through it.
 */
export function createLookups(
  resolve: Resolve,
  mostUnderWay: number,
  patienceMs = PATIENCE_MS,
): (document: string, guard: Guard) => LookupFunction {
  const underWay = new Map<string, Promise<LookupAddress[]>>()
  const underWayOf = new Map<string, number>()
  const known = createShares<{ readonly addresses: LookupAddress[]; readonly atMs: number }>(
    MAX_KNOWN_NAMES_OF_ONE,
    MAX_KNOWN_NAMES,
  )

  function ask(hostname: string, document: string): Promise<LookupAddress[]> {
    const shared = underWay.get(hostname)
    if (shared) return shared
    const before = underWayOf.get(document) ?? 0
    if (before >= mostUnderWay)
      return Promise.reject(Object.assign(new Error('too many look-ups'), { code: 'TOO_MANY_LOOKUPS' }))
    underWayOf.set(document, before + 1)
    const fresh = resolve(hostname)
      .then((addresses) => {
        if (addresses.length > MAX_ADDRESSES)
          throw Object.assign(new Error('too many addresses'), { code: 'TOO_MANY_ADDRESSES' })
        return addresses
      })
      .finally(() => {
        underWay.delete(hostname)
        const left = underWayOf.get(document)! - 1
        if (left === 0) underWayOf.delete(document)
        else underWayOf.set(document, left)
      })
    underWay.set(hostname, fresh)
    return fresh
  }

  function addressesOf(hostname: string, document: string): Promise<LookupAddress[]> {
    const last = known.get(document, hostname)
    const fresh = ask(hostname, document).then((addresses) => {
      known.put(document, hostname, { addresses, atMs: performance.now() })
      return addresses
    })
    if (last === undefined || performance.now() - last.atMs >= KEPT_MS) return fresh
    const { promise, resolve: take, reject } = Promise.withResolvers<LookupAddress[]>()
    const timer = setTimeout(() => take(last.addresses), patienceMs)
    fresh.then(take, reject).finally(() => clearTimeout(timer))
    return promise
  }

  return (document, guard) => (hostname, options, callback) => {
    addressesOf(hostname, document).then(
      (addresses) => {
        const bad = addresses.find(({ address }) => !guard(address))
        const first = addresses[0]
        if (bad) return callback(new AddressRefused(bad.address), '')
        if (!first) return callback(Object.assign(new Error('no address'), { code: 'ENODATA' }), '')
        if (options.all === true) callback(null, addresses.slice(0, MAX_ADDRESSES_TRIED))
        else callback(null, first.address, first.family)
      },
      (error: unknown) => callback(error as NodeJS.ErrnoException, ''),
    )
  }
}
