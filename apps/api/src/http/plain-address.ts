/**
 * An IPv4 client of an IPv6 socket is `::ffff:192.0.2.7` (RFC 4291, 2.5.5.2): people know it as
 * `192.0.2.7`.
 */
export function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=[\d.]+$)/i, '')
}
