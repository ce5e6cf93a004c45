import { serveOwner } from '../thread/serve-owner.ts'
import { startChaosProxy } from './chaos-proxy.ts'

await serveOwner(startChaosProxy)
