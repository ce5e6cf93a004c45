/**
 * `node bench/plain-fan-out.ts`: the minimum work of any fan-out. Sends the same bytes at the same
 * pace to each client of `/stream/…`, in one write each: no provider, no packets, no ring.
 * `/metrics` reports its usage under the names of the edge.
 */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

const TICK_MS = 20
const piece = Buffer.alloc((Number(process.env.BITS_PER_SECOND) / 8 / 1000) * TICK_MS, 0x47)
const responses = new Set<ServerResponse>()

const server = createServer((request, response) => {
  if (request.url === '/metrics') return void response.end(metrics())
  response.on('close', () => responses.delete(response))
  response.writeHead(200, { 'Content-Type': 'video/mp2t', Connection: 'close' })
  responses.add(response)
})
server.listen(0, '127.0.0.1', () => {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  console.log(JSON.stringify({ msg: 'plain fan-out is ready', url }))
})

const startedAt = performance.now()
let ticks = 0
setInterval(() => {
  for (; ticks * TICK_MS < performance.now() - startedAt; ticks++) {
    for (const response of responses) response.write(piece)
  }
}, TICK_MS)

function metrics(): string {
  const { user, system } = process.cpuUsage()
  const lines = [
    ['kptv_process_cpu_seconds_total', (user + system) / 1e6],
    ['kptv_process_resident_memory_bytes', process.memoryUsage.rss()],
  ]
  return lines.map((line) => `${line.join(' ')}\n`).join('')
}
