/**
 * The built-in demo provider as a process. `DEMO_HOST` is the address it listens on, by default
 * this machine only; `DEMO_PORT` the port, 0 or unset for a free one. The first line printed is its
 * `SOURCES`. It ends at once if `SOURCES` or `SOURCES_FILE` is set.
 */
import { startDemoProvider } from './demo-provider.ts'

const { SOURCES, SOURCES_FILE, DEMO_HOST: host, DEMO_PORT: port } = process.env
if (SOURCES || SOURCES_FILE) {
  console.log('SOURCES or SOURCES_FILE is set, so the demo is not needed')
  process.exit(0)
}
const provider = await startDemoProvider({ ...(host ? { host } : {}), port: Number(port ?? 0) })
console.log(provider.sources)

async function stop(): Promise<void> {
  await provider[Symbol.asyncDispose]()
  process.exit(0)
}
// `disconnect`: the process that started us over an IPC channel is gone, and nothing else would
// stop us.
for (const cause of ['SIGTERM', 'SIGINT', 'disconnect']) process.once(cause, stop)
// It may be gone already; without a channel this is undefined.
if (process.connected === false) await stop()
