import { startInThread } from '../thread/start-in-thread.ts'
import type { ChaosProxy } from './chaos-proxy.ts'

/** A link in its own thread: it adds no delay while the test checks the media. */
export function startChaosProxyThread(options: {
  readonly targetPort: number
  readonly targetHost?: string
}): Promise<ChaosProxy> {
  return startInThread(new URL('./run-chaos-proxy-thread.ts', import.meta.url), options)
}
