import { once } from 'node:events'
import net from 'node:net'
import tls from 'node:tls'

/**
 * Answers one request byte by byte, with every fault HTTP libraries would not let a server commit.
 */
export type AnswerRequest = (request: ReceivedRequest, socket: net.Socket) => void

export type ReceivedRequest = {
  readonly path: string
  /** Header lines as sent, in their order and spelling, without the request line. */
  readonly lines: readonly string[]
}

export type TestProvider = AsyncDisposable & {
  /** Host is `localhost`, unless another is given. */
  url(path: string, host?: string): string
  readonly port: number
  readonly requests: readonly ReceivedRequest[]
  readonly connections: number
}

/** A server on loopback that speaks raw bytes. */
export async function startProvider(
  answer: AnswerRequest,
  options: { readonly address?: string; readonly tls?: tls.TlsOptions } = {},
): Promise<TestProvider> {
  const requests: ReceivedRequest[] = []
  const sockets = new Set<net.Socket>()
  let connections = 0
  const serve = (socket: net.Socket): void => {
    let received = ''
    socket.on('error', () => {})
    socket.on('data', (bytes) => {
      received += bytes.toString('latin1')
      if (!received.includes('\r\n\r\n')) return
      const [requestLine = '', ...lines] = received.slice(0, received.indexOf('\r\n\r\n')).split('\r\n')
      received = ''
      const request = { path: requestLine.split(' ')[1] ?? '', lines }
      requests.push(request)
      answer(request, socket)
    })
  }
  const server = options.tls ? tls.createServer(options.tls, serve) : net.createServer(serve)
  server.on('tlsClientError', () => {})
  server.on('connection', (socket: net.Socket) => {
    connections += 1
    socket.on('error', () => {})
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  server.listen(0, options.address ?? '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as net.AddressInfo

  return {
    url: (path, host = 'localhost') => `${options.tls ? 'https' : 'http'}://${host}:${port}${path}`,
    port,
    requests,
    get connections() {
      return connections
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** A plain answer: header lines and body, then the connection is closed. */
export function reply(socket: net.Socket, status: string, body: string | Buffer = '', headers: string[] = []): void {
  socket.write([`HTTP/1.1 ${status}`, ...headers, 'Connection: close', '', ''].join('\r\n'))
  socket.end(body)
}
