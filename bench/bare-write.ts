/**
 * `node bench/bare-write.ts`: the least that any fan-out costs in Node. One buffer, written to
 * every socket every 20 ms at `BITS_PER_SECOND`: no provider, no packets, no ring, no HTTP but its
 * header.
 */
import { type AddressInfo, createServer, type Socket } from 'node:net'

const TICK_MS = 20
const piece = Buffer.alloc((Number(process.env.BITS_PER_SECOND) / 8 / 1000) * TICK_MS, 0x47)
const listeners = new Set<Socket>()

const server = createServer({ noDelay: true }, (socket) => {
  socket.on('error', () => socket.destroy())
  socket.on('close', () => listeners.delete(socket))
  socket.once('data', () => {
    socket.write('HTTP/1.1 200 OK\r\nContent-Type: video/mp2t\r\nConnection: close\r\n\r\n')
    listeners.add(socket)
  })
})
server.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ msg: 'bare program is ready', port: (server.address() as AddressInfo).port }))
})

const startedAt = performance.now()
let ticks = 0
setInterval(() => {
  for (; ticks * TICK_MS < performance.now() - startedAt; ticks++) {
    for (const socket of listeners) socket.write(piece)
  }
}, TICK_MS)
