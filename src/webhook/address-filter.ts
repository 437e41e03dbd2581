/**
 * Where webhooks may go: to public addresses, and to networks that the operator lists. Plans belong to customers;
 * without this, a plan could reach whatever listens beside the controller.
 */
import ipaddr from 'ipaddr.js'
import { networkMatcher } from '../util/networks.ts'
import { remembered } from '../util/remembered.ts'

/** Whether webhooks may connect to this address. */
export type AddressFilter = (address: string) => boolean

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

/** `allowed`: networks in CIDR notation or single addresses. Throws BelplanError `config` for one that is neither. */
export function createAddressFilter(allowed: readonly string[]): AddressFilter {
  const isAllowed = networkMatcher(allowed)
  // `isValid` accepts hexadecimal, octal and short forms as node:net and getaddrinfo do.
  return remembered(1000, (address) => ipaddr.isValid(address) && (isPublic(address) || isAllowed(address)))
}

function isPublic(text: string): boolean {
  // An IPv4-mapped address reaches the IPv4 host: it is judged as that.
  const address = ipaddr.process(text)
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
