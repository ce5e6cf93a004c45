import { BlockList, isIPv4 } from 'node:net'
import type { NetworkInterfaceInfo } from 'node:os'

/**
 * The address at which a machine in one of our networks reaches us; `undefined` for any other
 * machine: a search with a forged sender must not make us send there.
 *
 * @param interfaces of `os.networkInterfaces()`
 */
export function localAddress(
  remote: string,
  interfaces: Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>,
): string | undefined {
  if (!isIPv4(remote)) return undefined
  const own = Object.values(interfaces).flatMap((addresses) => addresses ?? [])
  return own.find(({ family, cidr }) => family === 'IPv4' && cidr !== null && isIn(remote, cidr))?.address
}

function isIn(remote: string, cidr: string): boolean {
  const [network = '', bits] = cidr.split('/')
  const list = new BlockList()
  list.addSubnet(network, Number(bits))
  return list.check(remote)
}
