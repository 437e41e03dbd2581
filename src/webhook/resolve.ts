/**
 * Host names to addresses. getaddrinfo runs on a few shared threads, which a few names with a dead name server hold
 * for a long time; these look-ups wait for nobody.
 */
import type { LookupAddress } from 'node:dns'
import { lookup, Resolver } from 'node:dns/promises'
import { readFile, stat } from 'node:fs/promises'
import { isIP } from 'node:net'
import type { Resolve } from './lookup.ts'

/** Of one try. A connection must be there after 2 s, look-up included. */
const TRY_MS = 1000
const TRIES = 2

/** How often a file is looked at, at most. */
const LOOK_MS = 1000

export interface ResolveFiles {
  readonly hosts?: string
  /** Where the name servers are named. */
  readonly resolvConf?: string
  /** Name servers, instead of those in `resolvConf`. */
  readonly servers?: readonly string[]
}

/**
 * Names in the hosts file first. A name without a dot, and what ends in `.localhost`, goes to the system's resolver
 * with all that it knows: no customer has their name server. All others are asked of the name servers as they stand:
 * search domains do not count for them. Rejects as getaddrinfo does: `ENOTFOUND`, or `EAI_AGAIN`.
 */
export function createResolve({
  hosts = '/etc/hosts',
  resolvConf = '/etc/resolv.conf',
  servers,
}: ResolveFiles = {}): Resolve {
  const hostsFile = followed(hosts, readHosts)
  const resolver = followed(resolvConf, () => {
    const made = new Resolver({ timeout: TRY_MS, tries: TRIES })
    if (servers) made.setServers(servers)
    return made
  })

  return async (hostname) => {
    const name = hostname.toLowerCase().replace(/\.$/, '')
    const known = (await hostsFile()).get(name)
    if (known) return known
    if (!name.includes('.') || name.endsWith('.localhost')) return lookup(hostname, { all: true })
    return ask(await resolver(), name)
  }
}

async function ask(resolver: Resolver, name: string): Promise<LookupAddress[]> {
  const [four, six] = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)])
  // IPv4 first: where there is no way out for IPv6, each connection would have to find that out.
  const addresses = [four, six].flatMap((found, i) =>
    found.status === 'fulfilled' ? found.value.map((address) => ({ address, family: i === 0 ? 4 : 6 })) : [],
  )
  if (addresses.length > 0) return addresses
  const missing = [four, six].every((found) => found.status === 'rejected' && saysNo(found.reason))
  throw Object.assign(new Error(name), { code: missing ? 'ENOTFOUND' : 'EAI_AGAIN' })
}

/** The name servers answered, and there is no such address. */
function saysNo(reason: unknown): boolean {
  return ['ENOTFOUND', 'ENODATA', 'EBADNAME', 'ENONAME'].includes(
    String((reason as NodeJS.ErrnoException).code),
  )
}

/** hosts(5): an address, its names, `#` and a remark. */
function readHosts(text: string): Map<string, LookupAddress[]> {
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

/** What is made of a file's text; made anew when it changed. A file that is not there is an empty one. */
function followed<T>(path: string, make: (text: string) => T): () => Promise<T> {
  let lookedAt = -Infinity
  let made: Promise<{ readonly stamp: string; readonly value: T }> | undefined

  async function look(before: typeof made): Promise<{ readonly stamp: string; readonly value: T }> {
    const last = await before
    const found = await stat(path).catch(() => undefined)
    const stamp = found === undefined ? '' : `${found.ino} ${found.mtimeMs} ${found.size}`
    if (last?.stamp === stamp) return last
    const text = found && (await readFile(path, 'utf8').catch(() => undefined))
    // It is there and cannot be read (no descriptor is left, say): what it said before is the better guess.
    if (last && found && text === undefined) return last
    return { stamp, value: make(text ?? '') }
  }

  return async () => {
    const now = performance.now()
    if (now - lookedAt >= LOOK_MS) {
      lookedAt = now
      made = look(made)
    }
    return (await made!).value
  }
}
