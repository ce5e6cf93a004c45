import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { networkInterfaces } from 'node:os'
import type { Logger } from '@kptv/logging'
import type { DeviceFacts } from '../describe-device.ts'
import { discoverReply, isDiscoverRequest } from './discover-reply.ts'
import { localAddress } from './local-address.ts'
import { searchReply } from './search-reply.ts'

type DiscoveryOptions = {
  /**
   * The device that a machine finds.
   *
   * @param own our address in its network
   * @returns `undefined` if it finds none
   */
  readonly deviceFor: (remote: string, own: string) => Promise<DeviceFacts | undefined>
  readonly version: string
  readonly logger: Logger
  /** 0: any free one; for tests. */
  readonly ports?: { readonly hdhomerun: number; readonly ssdp: number }
}

export type Discovery = Disposable & {
  /** Where it listens, once it does. */
  readonly ports: Promise<{ readonly hdhomerun: number | undefined; readonly ssdp: number | undefined }>
}

const PORTS = { hdhomerun: 65_001, ssdp: 1_900 } as const
const SSDP_GROUP = '239.255.255.250'
/** Searches that are answered in a second: a network has few programs that search. */
const MAX_PER_SECOND = 20

/**
 * Answers programs that search the network for tuners: by the protocol of HDHomeRun, and by UPnP.
 * A port that is taken is reported, and the other one works.
 */
export function openDiscovery({ deviceFor, version, logger, ports = PORTS }: DiscoveryOptions): Discovery {
  let answered = 0
  const timer = setInterval(() => {
    answered = 0
  }, 1_000).unref()

  type Reply = (request: Buffer, device: DeviceFacts) => Buffer | string | undefined

  function listen(port: number, reply: Reply, onListening: (socket: Socket) => void) {
    const socket = createSocket({ type: 'udp4', reuseAddr: true })
    const answer = async (request: Buffer, { address, port: remotePort }: RemoteInfo): Promise<void> => {
      const own = localAddress(address, networkInterfaces())
      if (own === undefined || answered >= MAX_PER_SECOND) return
      answered += 1
      const device = await deviceFor(address, own)
      const text = device && reply(request, device)
      if (text !== undefined) socket.send(text, remotePort, address, () => undefined)
    }
    socket.on('message', (request, sender) => {
      answer(request, sender).catch((error: unknown) => logger.warn({ error }, 'search for tuners not answered'))
    })
    const bound = new Promise<number | undefined>((resolve) => {
      socket.on('error', (error) => {
        logger.warn({ error, port }, 'searches for tuners cannot be heard')
        resolve(undefined)
      })
      socket.bind(port, () => {
        onListening(socket)
        resolve(socket.address().port)
      })
    })
    return { socket, bound }
  }

  const byTuner: Reply = (request, device) =>
    isDiscoverRequest(request, device.id) ? discoverReply(device) : undefined
  const hdhomerun = listen(ports.hdhomerun, byTuner, () => undefined)
  const bySearch: Reply = (request, device) => searchReply(request, device, version)
  const ssdp = listen(ports.ssdp, bySearch, (socket) => joinGroup(socket, logger))

  return {
    ports: Promise.all([hdhomerun.bound, ssdp.bound]).then(([first, second]) => ({ hdhomerun: first, ssdp: second })),
    [Symbol.dispose]() {
      clearInterval(timer)
      for (const { socket } of [hdhomerun, ssdp]) socket.close()
    },
  }
}

/** On each network of this machine; one without multicast is left out. */
function joinGroup(socket: Socket, logger: Logger): void {
  for (const { address, family } of Object.values(networkInterfaces()).flatMap((all) => all ?? [])) {
    if (family !== 'IPv4') continue
    try {
      socket.addMembership(SSDP_GROUP, address)
    } catch (error) {
      logger.debug({ error, address }, 'a network has no multicast')
    }
  }
}
