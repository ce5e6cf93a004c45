import { createHeartbeat } from '../src/heartbeat.ts'
import { startEdge } from './edge.ts'

/** A process that takes one slot and renews it until it is killed: `node hold-slot.ts <redis url> <key prefix> <source>`. */
const [url = '', prefix = '', sourceId = ''] = process.argv.slice(2)
const { slots } = await startEdge({ url, prefix })
const logger = { debug() {}, info() {}, warn() {}, error() {} }
createHeartbeat({ slots, leaseMs: 19_000, logger }).start()
const { outcome } = await slots.acquire({ sourceId, limit: 1, channelId: 'c' })
process.stdout.write(`${outcome}\n`)
