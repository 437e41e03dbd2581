/**
 * Networks as the configuration writes them. Not with BlockList of node:net: to that, every IPv4 address is in
 * `::/0`, which would open to all of them what is meant for IPv6.
 */
import ipaddr from 'ipaddr.js'
import { BelplanError } from './errors.ts'

type Network = [address: ipaddr.IPv4 | ipaddr.IPv6, prefix: number]

/** Whether `text` is an address or a network in CIDR notation; not `10.1`, which programs read as 10.0.0.1. */
export function isNetwork(text: string): boolean {
  const address = text.replace(/\/.*/s, '')
  return (
    (ipaddr.IPv4.isValidFourPartDecimal(address) || ipaddr.IPv6.isValid(address)) &&
    (ipaddr.isValid(text) || ipaddr.isValidCIDR(text))
  )
}

/**
 * Whether an address is in one of `networks`. IPv4 in IPv6 (`::ffff:127.0.0.1`), as a socket on `::` reports it,
 * counts as IPv4. What is no address is in none.
 *
 * @param networks such as `10.0.0.0/8` or `::1`
 * @throws BelplanError `config` for an entry that is no network
 */
export function networkMatcher(networks: readonly string[]): (address: string) => boolean {
  const parsed = networks.map(parseNetwork)
  return (text) => {
    if (!ipaddr.isValid(text)) return false
    const address = ipaddr.process(text)
    return parsed.some((network) => network[0].kind() === address.kind() && address.match(network))
  }
}

/** Whether `host` is `localhost` or a loopback address. Other names are not resolved. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || (ipaddr.isValid(host) && ipaddr.process(host).range() === 'loopback')
}

function parseNetwork(text: string): Network {
  if (!isNetwork(text)) {
    throw new BelplanError(
      'config',
      `"${text}" is no address or network; write one such as 127.0.0.0/8 or ::1`,
    )
  }
  if (!text.includes('/')) {
    const address = ipaddr.process(text)
    return [address, address.kind() === 'ipv4' ? 32 : 128]
  }
  const [address, prefix] = ipaddr.parseCIDR(text)
  const isMapped = address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() && prefix >= 96
  return isMapped ? [address.toIPv4Address(), prefix - 96] : [address, prefix]
}
