import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo, ListenOptions } from 'node:net'
import type { EdgeParts } from './compose/edge-parts.ts'
import { composeEdge, type EdgeNode } from './compose.ts'
import { answerClientError, startingApp } from './ports/starting-app.ts'

/** Cuts clients that send their header slowly, or fall silent; players send theirs at once. */
const SERVER_OPTIONS = {
  headersTimeout: 10_000,
  requestTimeout: 15_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 2_000,
  maxHeaderSize: 16 * 1024,
  noDelay: true,
}

type RunEdgeOptions = {
  /**
   * Several processes listen on the public port, and the kernel spreads the connections over them.
   */
  readonly sharesPort?: boolean
}

/** Runs one edge process: both ports open, leases renewed. Throws when a port is taken. */
export async function runEdge(parts: EdgeParts, { sharesPort = false }: RunEdgeOptions = {}): Promise<EdgeNode> {
  const { settings, logger } = parts
  let app: RequestListener = startingApp
  const publicServer = await listen((request, response) => app(request, response), {
    port: settings.port,
    reusePort: sharesPort,
  })
  const edge = await composeEdge(parts)
  await edge.start()
  app = edge.publicApp
  const adminServer = await listen(edge.adminApp, { port: settings.adminPort, host: settings.adminHost })
  logger.info({ port: portOf(publicServer), adminPort: portOf(adminServer) }, 'edge started')
  return {
    ...edge.node,
    async stop() {
      publicServer.close()
      adminServer.close()
      await edge.node.stop()
      publicServer.closeAllConnections()
      adminServer.closeAllConnections()
    },
  }
}

function listen(app: RequestListener, address: ListenOptions): Promise<Server> {
  const server = createServer(SERVER_OPTIONS, app)
  server.on('clientError', answerClientError)
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(address, () => {
      server.off('error', reject)
      resolve(server)
    })
  })
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port
}
