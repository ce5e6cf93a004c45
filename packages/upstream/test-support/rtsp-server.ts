import { createHash } from 'node:crypto'
import { once } from 'node:events'
import net from 'node:net'
import { createTransportStreamMaker } from '@kptv/testkit'

type RtspServer = AsyncDisposable & {
  /** With the login in it. */
  readonly url: string
  /** Method and header lines of each request. */
  readonly requests: readonly string[]
  openSockets(): number
}

const TICK_MS = 40
const PACKETS_IN_ONE = 7
const PACKET_BYTES = 188
const MPEG_TS = 33
const LOGIN = `Basic ${Buffer.from('user:pass').toString('base64')}`

const DESCRIPTION = [
  ...['v=0', 'o=- 0 0 IN IP4 127.0.0.1', 's=one', 'c=IN IP4 0.0.0.0', 't=0 0'],
  ...[`m=video 0 RTP/AVP ${MPEG_TS}`, 'a=control:track1', ''],
].join('\r\n')

type RtspOptions = {
  /** Answers nothing, so that a client waits while a test inspects it. */
  readonly isSilent?: boolean
  readonly isOpen?: boolean
  readonly digest?: boolean
  readonly redirectTo?: string
  /** The method that is answered so; DESCRIBE unless another is named. */
  readonly redirectAt?: string
  readonly refusal?: string
  readonly transport?: string
}

/**
 * Serves one live stream over TCP (RFC 2326 section 10.12), a transport stream in RTP (RFC 2250),
 * to those who log in.
 */
export async function startRtspServer(options: RtspOptions = {}): Promise<RtspServer> {
  const { isOpen = false, isSilent = false, digest = false, redirectTo, redirectAt = 'DESCRIBE', refusal } = options
  const transport = options.transport ?? 'RTP/AVP/TCP;unicast;interleaved=0-1'
  const requests: string[] = []
  const sockets = new Set<net.Socket>()

  function answer(request: string, socket: net.Socket): void {
    if (isSilent) return
    const [method = ''] = request.split(' ')
    const sequence = /^CSeq: *(\d+)/im.exec(request)?.[1]
    const say = (status: string, lines: string[] = [], body = ''): void => {
      const length = body === '' ? [] : ['Content-Type: application/sdp', `Content-Length: ${body.length}`]
      socket.write([`RTSP/1.0 ${status}`, `CSeq: ${sequence}`, ...lines, ...length, '', body].join('\r\n'))
    }
    requests.push(request)
    if (redirectTo !== undefined && method === redirectAt) return say('302 Moved', [`Location: ${redirectTo}`])
    if (method === 'OPTIONS') return say('200 OK', ['Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN'])
    if (!isOpen && !isAllowed(request)) {
      return say('401 No', [`WWW-Authenticate: ${digest ? 'Digest realm="one", nonce="n"' : 'Basic realm="one"'}`])
    }
    if (refusal !== undefined) return say(refusal)
    if (method === 'DESCRIBE') return say('200 OK', [], DESCRIPTION)
    if (method === 'SETUP') {
      return say('200 OK', ['Session: 1', `Transport: ${transport}`])
    }
    say('200 OK', ['Session: 1'])
    if (method === 'PLAY') play(socket)
  }

  function isAllowed(request: string): boolean {
    if (!digest) return request.includes(`Authorization: ${LOGIN}`)
    const [method = '', uri = ''] = request.split(' ')
    const hash = (text: string): string => createHash('md5').update(text).digest('hex')
    const right = hash(`${hash('user:one:pass')}:n:${hash(`${method}:${uri}`)}`)
    return request.includes(`response="${right}"`)
  }

  const server = net.createServer((socket) => {
    let received = ''
    sockets.add(socket)
    socket.on('error', () => {})
    socket.once('close', () => sockets.delete(socket))
    socket.on('data', (bytes) => {
      received += bytes.toString('latin1')
      for (let end = received.indexOf('\r\n\r\n'); end !== -1; end = received.indexOf('\r\n\r\n')) {
        const request = received.slice(0, end)
        received = received.slice(end + 4)
        // Between the requests are reports about received data.
        answer(request.slice(Math.max(0, request.search(/[A-Z_]+ rtsp:/))), socket)
      }
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as net.AddressInfo

  return {
    url: `rtsp://user:pass@127.0.0.1:${port}/live`,
    requests,
    openSockets: () => sockets.size,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

function play(socket: net.Socket): void {
  const maker = createTransportStreamMaker()
  let sequence = 0
  let ticks = 0
  const timer = setInterval(() => {
    const packets = maker.next(TICK_MS)
    ticks += TICK_MS * 90
    for (let at = 0; at < packets.length; at += PACKETS_IN_ONE * PACKET_BYTES) {
      const payload = packets.subarray(at, at + PACKETS_IN_ONE * PACKET_BYTES)
      const header = Buffer.alloc(16)
      header.writeUInt8(0x24, 0)
      header.writeUInt16BE(12 + payload.length, 2)
      header.writeUInt16BE(0x8000 | MPEG_TS, 4)
      header.writeUInt16BE(sequence++ & 0xffff, 6)
      header.writeUInt32BE(ticks >>> 0, 8)
      header.writeUInt32BE(1, 12)
      socket.write(Buffer.concat([header, payload]))
    }
  }, TICK_MS)
  socket.once('close', () => clearInterval(timer))
}
