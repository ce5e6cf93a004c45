import { startInThread } from '../thread/start-in-thread.ts'
import type { ChaosProxy } from './chaos-proxy.ts'

/** A link in a thread of its own: it adds no delay while the test checks what came. */
export function startChaosProxyThread(options: {
  readonly targetPort: number
  readonly targetHost?: string
}): Promise<ChaosProxy> {
  return startInThread(new URL('./run-chaos-proxy-thread.ts', import.meta.url), options)
}
