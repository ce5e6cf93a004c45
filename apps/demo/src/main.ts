/** The built-in demo provider as a process. `DEMO_PORT` is the port, 0 or unset for a free one; the first line printed is its `SOURCES`. */
import { startDemoProvider } from './demo-provider.ts'

const provider = await startDemoProvider({ port: Number(process.env.DEMO_PORT ?? 0) })
console.log(provider.sources)

async function stop(): Promise<void> {
  await provider[Symbol.asyncDispose]()
  process.exit(0)
}
// `disconnect`: whoever started us over an IPC channel is gone, and nobody else would stop us.
for (const cause of ['SIGTERM', 'SIGINT', 'disconnect']) process.once(cause, stop)
// It may be gone already; without a channel this is undefined.
if (process.connected === false) await stop()
