import { startEdge } from './edge.ts'

/**
 * A process that leads a channel with a slot of an account, and renews both until it is ended:
 * `node hold.ts <redis url> <key prefix> <channel> <account>`. Prints its incarnation.
 */
const [url = '', prefix = '', channelId = '', accountId = ''] = process.argv.slice(2)
const { leadership, slots, heartbeat, incarnation } = await startEdge({ url, prefix })
heartbeat.start()
const claim = await leadership.claim({ channelId })
const slot = await slots.acquire({ accountId, limit: 1, channelId })
if (slot.outcome === 'granted') leadership.note(channelId, { accountId, slotId: slot.slotId })
await heartbeat.beat()
process.stdout.write(`${claim.outcome} ${slot.outcome} ${incarnation.id}\n`)
