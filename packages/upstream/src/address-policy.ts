import ipaddr from 'ipaddr.js'

/** Whether a socket may be opened to this resolved address of this host name. */
export type AddressPolicy = (address: string, hostname: string) => boolean

/**
 * The guard against lists that point into our own network. It judges resolved addresses, so
 * spellings and rebinding names cannot pass it. Allowed are public unicast addresses, the given
 * ranges, and everything under the host names that the operator configured as sources.
 *
 * @param options.allowedCidrs ranges such as `192.168.1.0/24`, or single addresses
 * @param options.allowedHosts host names without port, as in the configured addresses; IPv6 with or
 *   without brackets; a function where they may change, asked at each connect
 * @throws TypeError naming an invalid range
 */
export function createAddressPolicy(options: {
  readonly allowedCidrs: readonly string[]
  readonly allowedHosts: readonly string[] | (() => readonly string[])
}): AddressPolicy {
  const ranges = options.allowedCidrs.map(parseRange)
  const { allowedHosts: hosts } = options
  const currentHosts = typeof hosts === 'function' ? hosts : () => hosts

  return (address, hostname) => {
    const parsed = parseAddress(address)
    if (parsed === undefined) return false
    const host = normaliseHost(hostname)
    if (currentHosts().some((allowed) => normaliseHost(allowed) === host)) return true
    return isPublic(parsed) || ranges.some((range) => contains(range, parsed))
  }
}

type Address = ipaddr.IPv4 | ipaddr.IPv6
type Range = readonly [network: Address, prefixBits: number]

/**
 * Only the spellings that a resolver returns; `127.1` or `0x7f000001` never reach a socket
 * unresolved.
 */
function parseAddress(text: string): Address | undefined {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return ipaddr.IPv4.parse(text)
  return ipaddr.IPv6.isValid(text) ? ipaddr.IPv6.parse(text) : undefined
}

/**
 * IPv6: only global unicast, RFC 4291 section 2.4, without its translated and tunnelled parts
 * (mapped, NAT64, 6to4, Teredo): those lead to an IPv4 address that this check does not cover.
 */
function isPublic(address: Address): boolean {
  if (address.range() !== 'unicast' || CLOUD_SERVICES.some((service) => contains(service, address))) return false
  return address.kind() === 'ipv4' || contains(GLOBAL_UNICAST, address)
}

/**
 * Public by their number, but answered inside a data centre by its own services: Azure's agent and
 * metadata, and those of Alibaba and Oracle, whose other addresses lie in ranges that are refused
 * anyway.
 */
const CLOUD_SERVICES = ['168.63.129.16/32', '192.0.0.192/32', '100.100.100.200/32'].map((range) =>
  ipaddr.parseCIDR(range),
)

const GLOBAL_UNICAST = ipaddr.parseCIDR('2000::/3')

function contains([network, prefixBits]: Range, address: Address): boolean {
  const plain = address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() ? address.toIPv4Address() : address
  if (plain instanceof ipaddr.IPv4) return network instanceof ipaddr.IPv4 && plain.match(network, prefixBits)
  return network instanceof ipaddr.IPv6 && plain.match(network, prefixBits)
}

function parseRange(text: string): Range {
  try {
    if (text.includes('/')) return ipaddr.parseCIDR(text)
    const address = ipaddr.parse(text)
    return [address, address.kind() === 'ipv4' ? 32 : 128]
  } catch {
    throw new TypeError(`not an address range: ${text}`)
  }
}

function normaliseHost(host: string): string {
  return host
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '')
}
