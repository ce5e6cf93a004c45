/**
 * `node bench/static-files.ts`: the minimum work of any HLS server. Sends `BYTES` bytes from a file
 * to each request. `/metrics` reports its usage under the names of the edge.
 */
import { createReadStream } from 'node:fs'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const bytes = Number(process.env.BYTES)
const file = join(await mkdtemp(join(tmpdir(), 'kptv-static-')), 'segment.ts')
await writeFile(file, Buffer.alloc(bytes, 0x47))

const server = createServer((request, response) => {
  if (request.url === '/metrics') return void response.end(metrics())
  response.writeHead(200, { 'Content-Type': 'video/mp2t', 'Content-Length': bytes })
  createReadStream(file).pipe(response)
})
server.listen(0, '127.0.0.1', () => {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  console.log(JSON.stringify({ msg: 'static files are ready', url }))
})

function metrics(): string {
  const { user, system } = process.cpuUsage()
  const lines = [
    ['kptv_process_cpu_seconds_total', (user + system) / 1e6],
    ['kptv_process_resident_memory_bytes', process.memoryUsage.rss()],
  ]
  return lines.map((line) => `${line.join(' ')}\n`).join('')
}
