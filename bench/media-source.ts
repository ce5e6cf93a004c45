/**
 * `node bench/media-source.ts`: a provider for many channels that costs little. One made stream of
 * `BITS_PER_SECOND`, with running clocks and 4 % of null packets, goes every `TICK_MS` to each
 * client of `/<number>.ts`, after a plain header without length or chunks. `/list.m3u` names
 * `CHANNELS` of them.
 */
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { createTransportStreamMaker } from '@kptv/testkit'

const TICK_MS = Number(process.env.TICK_MS)
const bitsPerSecond = Number(process.env.BITS_PER_SECOND)
const maker = createTransportStreamMaker({ bitsPerSecond, gopMs: 2_000, nullPacketsPerSecond: bitsPerSecond / 37_600 })
const listeners = new Set<Socket>()

const server = createServer({ noDelay: true }, (socket) => {
  socket.on('error', () => socket.destroy())
  socket.on('close', () => listeners.delete(socket))
  socket.once('data', (head) => {
    const isList = head.toString('latin1').startsWith('GET /list.m3u')
    const type = isList ? 'audio/x-mpegurl' : 'video/mp2t'
    socket.write(`HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\nConnection: close\r\n\r\n`)
    if (isList) return socket.end(list())
    listeners.add(socket)
  })
})
server.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ msg: 'media source is ready', port: (server.address() as AddressInfo).port }))
})

const startedAt = performance.now()
let ticks = 0
setInterval(() => {
  for (; ticks * TICK_MS < performance.now() - startedAt; ticks++) {
    const piece = maker.next(TICK_MS)
    for (const socket of listeners) socket.write(piece)
  }
}, TICK_MS)

function list(): string {
  const { port } = server.address() as AddressInfo
  const channel = (number: number) => `#EXTINF:-1,Channel ${number}\nhttp://127.0.0.1:${port}/${number}.ts\n`
  return `#EXTM3U\n${Array.from({ length: Number(process.env.CHANNELS) }, (_, index) => channel(index + 1)).join('')}`
}
