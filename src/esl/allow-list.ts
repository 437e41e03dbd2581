import ipaddr from 'ipaddr.js'
import { BelplanError } from '../util/errors.ts'
import { remembered } from '../util/remembered.ts'

type Address = ipaddr.IPv4 | ipaddr.IPv6
type Network = [Address, number]

/**
 * A check of peers' addresses. IPv4 in IPv6 (`::ffff:127.0.0.1`), as a socket on `::` reports it, counts as IPv4.
 *
 * @param entries networks (`10.0.0.0/8`) or single addresses (`::1`)
 * @throws BelplanError `config`
 */
export function allowList(entries: readonly string[]): (address: string) => boolean {
  const networks = entries.map(network)
  // Call after call comes from the same few.
  return remembered(1000, (text) => {
    if (!ipaddr.isValid(text)) return false
    const address = ipaddr.process(text)
    return networks.some((range) => range[0].kind() === address.kind() && address.match(range))
  })
}

function network(entry: string): Network {
  try {
    if (entry.includes('/')) return unmapped(...ipaddr.parseCIDR(entry))
    const address = ipaddr.process(entry)
    return [address, address.kind() === 'ipv4' ? 32 : 128]
  } catch {
    throw new BelplanError(
      'config',
      `"${entry}" in esl.allow is no address or network: write 127.0.0.0/8, ::1 or the like`,
    )
  }
}

function unmapped(address: Address, prefix: number): Network {
  const mapped = address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() && prefix >= 96
  return mapped ? [address.toIPv4Address(), prefix - 96] : [address, prefix]
}
