/**
 * Host names to addresses, each checked before it is connected to. getaddrinfo runs on a few threads that the whole
 * process shares, and some names with a dead name server block all of them; here no look-up waits for another.
 */
import type { LookupAddress } from 'node:dns'
import { lookup, Resolver } from 'node:dns/promises'
import { readFile, stat } from 'node:fs/promises'
import { isIP, type LookupFunction } from 'node:net'
import { AddressRefused, type AddressFilter } from './address-filter.ts'
import { createCache } from './cache.ts'

/** All addresses of a host name; rejects as node:dns does. */
export type Resolve = (hostname: string) => Promise<LookupAddress[]>

/** Of one try. A connection must be made within 2 s, look-up included. */
const TRY_MS = 1000
const TRIES = 2

/** Minimum time between two looks at a file. */
const RECHECK_MS = 1000

/** Most answers take some milliseconds; a webhook request has a few seconds in all. */
const PATIENCE_MS = 300
/** Maximum age of the last answer that serves instead of one that does not come. */
const MAX_AGE_MS = 10 * 60_000

/** Names whose last addresses are kept, of one document and of all. */
const MAX_NAMES_PER_DOCUMENT = 100
const MAX_NAMES = 10_000
/**
 * Of a name. An answer may contain thousands, which a customer's own name server returns at no cost; each is checked
 * for each connection.
 */
export const MAX_ADDRESSES = 32
/** Of a name, in the order in which they came: node:net gives each 250 ms, and a connection has 2 s. */
const MAX_ADDRESSES_TRIED = 8

/**
 * Names in the hosts file first. A name without a dot, and what ends in `.localhost`, goes to the system's resolver
 * with all that it knows: no customer has their name server. For all others the name servers are queried, without
 * search domains. Rejects as getaddrinfo does: `ENOTFOUND`, or `EAI_AGAIN`.
 *
 * @param options.servers name servers, instead of those in /etc/resolv.conf
 */
export function createResolver(
  options: { readonly hosts?: string; readonly servers?: readonly string[] } = {},
): Resolve {
  const hostsFile = followFile(options.hosts ?? '/etc/hosts', parseHosts)
  const resolver = followFile('/etc/resolv.conf', () => {
    const made = new Resolver({ timeout: TRY_MS, tries: TRIES })
    if (options.servers) made.setServers(options.servers)
    return made
  })

  return async (hostname) => {
    const name = hostname.toLowerCase().replace(/\.$/, '')
    const known = (await hostsFile()).get(name)
    if (known) return known
    if (!name.includes('.') || name.endsWith('.localhost')) return lookup(hostname, { all: true })
    return query(await resolver(), name)
  }
}

async function query(resolver: Resolver, name: string): Promise<LookupAddress[]> {
  const [four, six] = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)])
  // IPv4 first: where there is no route for IPv6, each connection would have to find that out.
  const addresses = [four, six].flatMap((found, i) =>
    found.status === 'fulfilled' ? found.value.map((address) => ({ address, family: i === 0 ? 4 : 6 })) : [],
  )
  if (addresses.length > 0) return addresses
  const missing = [four, six].every((found) => found.status === 'rejected' && isNegative(found.reason))
  throw dnsError(missing ? 'ENOTFOUND' : 'EAI_AGAIN')
}

/** The name servers answered, and there is no such address. */
function isNegative(reason: unknown): boolean {
  return ['ENOTFOUND', 'ENODATA', 'EBADNAME', 'ENONAME'].includes(
    String((reason as NodeJS.ErrnoException).code),
  )
}

/** hosts(5): an address, its names, `#` and a comment. */
function parseHosts(text: string): Map<string, LookupAddress[]> {
  const hosts = new Map<string, LookupAddress[]>()
  for (const line of text.split('\n')) {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/)
    const family = isIP(address)
    if (family === 0) continue
    for (const name of names.map((one) => one.toLowerCase())) {
      const known = hosts.get(name)
      if (known) known.push({ address, family })
      else hosts.set(name, [{ address, family }])
    }
  }
  return hosts
}

/** What `parse` makes of a file, parsed again when the file changes. A file that does not exist is an empty one. */
function followFile<T>(path: string, parse: (text: string) => T): () => Promise<T> {
  let checkedAt = -Infinity
  let current: Promise<{ readonly stamp: string; readonly value: T }> | undefined

  async function check(before: typeof current): Promise<{ readonly stamp: string; readonly value: T }> {
    const last = await before
    const found = await stat(path).catch(() => undefined)
    const stamp = found === undefined ? '' : `${found.ino} ${found.mtimeMs} ${found.size}`
    if (last?.stamp === stamp) return last
    const text = found && (await readFile(path, 'utf8').catch(() => undefined))
    // It exists and cannot be read (no descriptor is left, say): its last content is the better guess.
    if (last && found && text === undefined) return last
    return { stamp, value: parse(text ?? '') }
  }

  return async () => {
    const now = performance.now()
    if (now - checkedAt >= RECHECK_MS) {
      checkedAt = now
      current = check(current)
    }
    return (await current!).value
  }
}

/**
 * Gives each document a `lookup` for node:net: it passes on the very addresses that were checked, so that a name
 * which changes between check and use gains nothing. One address that is not allowed refuses the whole answer:
 * rebinding mixes public and private ones, and a host that works now and then helps nobody.
 *
 * Look-ups of one name at the same time share one query. A query continues when its webhook request has ended, and
 * redirects lead to any number of names: so each document has at most `maxQueries` of its own. If a query is slow, the
 * last answer for the name serves instead. An answer with too many addresses is refused before they are checked.
 */
export function createLookups(
  resolve: Resolve,
  maxQueries: number,
): (document: string, isAllowed: AddressFilter) => LookupFunction {
  const queries = new Map<string, Promise<LookupAddress[]>>()
  const queryCounts = new Map<string, number>()
  const lastAnswers = createCache<LookupAddress[]>(MAX_NAMES_PER_DOCUMENT, MAX_NAMES, () => performance.now())

  function queryOf(document: string, hostname: string): Promise<LookupAddress[]> {
    const shared = queries.get(hostname)
    if (shared) return shared
    const count = queryCounts.get(document) ?? 0
    if (count >= maxQueries) return Promise.reject(dnsError('TOO_MANY_LOOKUPS'))
    queryCounts.set(document, count + 1)
    const started = resolve(hostname)
      .then((addresses) => {
        if (addresses.length > MAX_ADDRESSES) throw dnsError('TOO_MANY_ADDRESSES')
        return addresses
      })
      .finally(() => {
        queries.delete(hostname)
        const left = queryCounts.get(document)! - 1
        if (left === 0) queryCounts.delete(document)
        else queryCounts.set(document, left)
      })
    queries.set(hostname, started)
    return started
  }

  function addressesOf(document: string, hostname: string): Promise<LookupAddress[]> {
    const last = lastAnswers.get(document, hostname, MAX_AGE_MS)
    const fresh = queryOf(document, hostname).then((addresses) => {
      lastAnswers.put(document, hostname, addresses)
      return addresses
    })
    if (last === undefined) return fresh
    const { promise, resolve: take, reject } = Promise.withResolvers<LookupAddress[]>()
    const timer = setTimeout(() => take(last), PATIENCE_MS)
    fresh.then(take, reject).finally(() => clearTimeout(timer))
    return promise
  }

  return (document, isAllowed) => (hostname, options, callback) => {
    addressesOf(document, hostname).then(
      (addresses) => {
        const refused = addresses.find(({ address }) => !isAllowed(address))
        const first = addresses[0]
        if (refused) return callback(new AddressRefused(refused.address), '')
        if (!first) return callback(dnsError('ENODATA'), '')
        if (options.all === true) callback(null, addresses.slice(0, MAX_ADDRESSES_TRIED))
        else callback(null, first.address, first.family)
      },
      (error: unknown) => callback(error as NodeJS.ErrnoException, ''),
    )
  }
}

/** Only its code reaches the journal (faults.ts). */
function dnsError(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(code), { code })
}
