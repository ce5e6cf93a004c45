/** A process that plays a stream through ffmpeg and reports its pid, until it is killed. */
import { readdirSync, readFileSync } from 'node:fs'
import { createAddressPolicy, findFfmpeg, openThroughFfmpeg } from '../src/index.ts'

const [url = '', guard = ''] = process.argv.slice(2)
const found = findFfmpeg('auto', process.env.PATH ?? '')
const stream = await openThroughFfmpeg({
  url,
  headers: [],
  signal: new AbortController().signal,
  allowAddress: createAddressPolicy({ allowedCidrs: ['127.0.0.0/8'], allowedHosts: [] }),
  timeouts: { connectMs: 5_000, responseMs: 60_000 },
  ffmpeg: found && { path: found.path, guard: guard === 'unguarded' ? undefined : found.guard },
})
stream.body.resume()
const children = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && parentOf(name) === process.pid)
console.log(children[0])

function parentOf(pid: string): number {
  try {
    return Number(/^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
  } catch {
    return -1
  }
}
