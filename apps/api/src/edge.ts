import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Settings } from '@kptv/config'
import type { Logger } from '@kptv/logging'
import { composeEdge } from './compose.ts'
import type { Drainable } from './drain.ts'

/** A client that sends its header slowly, or says nothing more, is cut; players send theirs at once. */
const SERVER_OPTIONS = {
  headersTimeout: 10_000,
  requestTimeout: 15_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 2_000,
  maxHeaderSize: 16 * 1024,
  noDelay: true,
}

/** Runs one edge process: both ports open, leases renewed. Throws when a port is taken. */
export async function runEdge(settings: Settings, logger: Logger): Promise<Drainable> {
  const edge = await composeEdge(settings, logger)
  await edge.start()
  const publicServer = await listen(edge.publicApp, settings.port, undefined)
  const adminServer = await listen(edge.adminApp, settings.adminPort, settings.adminHost)
  logger.info({ port: portOf(publicServer), adminPort: portOf(adminServer) }, 'edge serves viewers')
  return {
    refuseNewViewers: () => edge.refuseNewViewers(),
    viewerCount: () => edge.viewerCount(),
    async stop() {
      publicServer.close()
      adminServer.close()
      await edge.stop()
      publicServer.closeAllConnections()
      adminServer.closeAllConnections()
    },
  }
}

function listen(app: RequestListener, port: number, host: string | undefined): Promise<Server> {
  const server = createServer(SERVER_OPTIONS, app)
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ port, host }, () => {
      server.off('error', reject)
      resolve(server)
    })
  })
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port
}
