import { BlockList, isIP, isIPv4 } from 'node:net'
import { plainAddress } from '../http/plain-address.ts'

/** Whether an address is in one of the networks (CIDRs). */
export function createNetworkTest(networks: readonly string[]): (address: string) => boolean {
  const list = new BlockList()
  for (const network of networks) {
    const [address = '', prefix = ''] = network.split('/')
    list.addSubnet(address, Number(prefix), isIPv4(address) ? 'ipv4' : 'ipv6')
  }
  return (address) => {
    // An IPv4 client of an IPv6 socket.
    const plain = plainAddress(address)
    return isIP(plain) !== 0 && list.check(plain, isIPv4(plain) ? 'ipv4' : 'ipv6')
  }
}
