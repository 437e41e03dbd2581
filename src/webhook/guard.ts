/**
 * Where webhooks may go: to public addresses, and to what the operator lists. Plans belong to customers; without
 * this, a plan could ask whatever listens beside the controller.
 */
import ipaddr from 'ipaddr.js'
import { BelplanError } from '../util/errors.ts'
import { remembered } from '../util/remembered.ts'

type Address = ipaddr.IPv4 | ipaddr.IPv6

/** Judges an address as it is about to be connected to. */
export type Guard = (address: string) => boolean

/** Thrown into a connection attempt; the journal shows its message. */
export class AddressRefused extends Error {
  readonly code = 'ADDRESS_REFUSED'
  constructor(address: string) {
    super(
      `address ${address} is not allowed: not public, nor in webhooks.allowPrivateNetworks or its owner's privateNetworks`,
    )
  }
}

/** Global unicast: everything else, embedded IPv4 in all its spellings included, is special. RFC 4291, section 2.4. */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3')

/** Metadata service of a cloud that uses a public address for it (Azure); the others lie in special ranges. */
const METADATA = ipaddr.IPv4.parse('168.63.129.16').toString()

/** `allow`: CIDRs or single addresses. Throws BelplanError `config` for one that is not. */
export function createGuard(allow: readonly string[]): Guard {
  const networks = allow.map(parseNetwork)
  return remembered(1000, (address) => {
    // `isValid` takes hexadecimal, octal and short forms as node:net and getaddrinfo do.
    if (!ipaddr.isValid(address)) return false
    // An IPv4-mapped address reaches the IPv4 host: it is judged as that.
    const parsed = ipaddr.process(address)
    return (
      isPublic(parsed) ||
      networks.some(([network, bits]) => network.kind() === parsed.kind() && parsed.match(network, bits))
    )
  })
}

function isPublic(address: Address): boolean {
  if (address.range() !== 'unicast') return false
  if (address instanceof ipaddr.IPv6) return address.match(GLOBAL_UNICAST) && !isIsatap(address)
  return address.toString() !== METADATA
}

/**
 * An ISATAP address reaches the IPv4 host in its last four bytes, from any network (RFC 5214, section 6.1). Other
 * addresses with an IPv4 address inside (6to4, Teredo, NAT64) have networks of their own and are special already.
 */
function isIsatap({ parts }: ipaddr.IPv6): boolean {
  // The bits for "unique" and "group" may be set (RFC 4291, appendix A).
  return (parts[4]! & ~0x0300) === 0 && parts[5] === 0x5efe
}

function parseNetwork(text: string): [Address, number] {
  try {
    const [network, bits] = text.includes('/') ? ipaddr.parseCIDR(text) : single(ipaddr.parse(text))
    return [network, bits]
  } catch (cause) {
    const advice = 'write an address or a network such as 10.1.0.0/16 or fd00::/8'
    throw new BelplanError(
      'config',
      `webhooks.allowPrivateNetworks: "${text}" is not a network; ${advice}`,
      [],
      cause,
    )
  }
}

function single(address: Address): [Address, number] {
  return [address, address.kind() === 'ipv4' ? 32 : 128]
}
