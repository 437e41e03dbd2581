/** Names to addresses, each checked before it is connected to. */
import type { LookupAddress } from 'node:dns'
import { lookup as dnsLookup } from 'node:dns/promises'
import type { LookupFunction } from 'node:net'
import { AddressRefused, type Guard } from './guard.ts'

/** All addresses of a host name; rejects as node:dns does. */
export type Resolve = (hostname: string) => Promise<LookupAddress[]>

/** The system's resolver, hosts file included. */
export const systemResolve: Resolve = (hostname) => dnsLookup(hostname, { all: true })

/**
 * A `lookup` for node:net: it hands over the very addresses that were checked, so that a name which changes its
 * mind between check and use gains nothing. One address that is not allowed spoils the whole answer: mixing
 * public and private ones is how rebinding looks, and a host that works now and then helps nobody.
 *
 * getaddrinfo runs on a few shared threads: look-ups of one name under way share one, so that a name whose
 * server is dead holds one thread and not all of them.
 */
export function createLookup(guard: Guard, resolve: Resolve): LookupFunction {
  const underWay = new Map<string, Promise<LookupAddress[]>>()

  function addressesOf(hostname: string): Promise<LookupAddress[]> {
    const shared = underWay.get(hostname)
    if (shared) return shared
    const fresh = resolve(hostname).finally(() => underWay.delete(hostname))
    underWay.set(hostname, fresh)
    return fresh
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
