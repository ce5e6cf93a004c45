import { randomUUID } from 'node:crypto'
import { connectRedis, createKeys } from '@kptv/redis'
import { createDeathWatch } from '../src/death-watch.ts'
import { createSlots } from '../src/slots/slots.ts'

const silent = { debug() {}, info() {}, warn() {}, error() {} }

export type EdgeOptions = { url: string; prefix: string; leaseMs?: number; monotonicMs?: () => number }

/** The coordination of one edge, made as in production, with connections of its own. */
export async function startEdge(options: EdgeOptions) {
  const { url, prefix, leaseMs = 19_000, monotonicMs = () => performance.now() } = options
  const keys = createKeys(prefix)
  const incarnation = randomUUID()
  const redis = await connectRedis({ url, role: 'commands', name: 'test', logger: silent })
  const subscriber = await connectRedis({ url, role: 'subscriber', name: 'test', logger: silent })
  const deathWatch = createDeathWatch({ redis, subscriber, keys, incarnation })
  await deathWatch.start()
  const slots = createSlots({ redis, keys, incarnation, nodeId: 'node-1', leaseMs, deathWatch, monotonicMs })
  return { incarnation, redis, subscriber, slots, deathWatch }
}
