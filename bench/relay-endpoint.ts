import { setTimeout as sleep } from 'node:timers/promises'
/**
 * One end of a relay as a separate process, controlled by messages of its parent:
 * `relay-endpoint.ts publisher|follower <Redis URL> <name>`. It has no splicer, viewers or
 * provider, to measure what the relay itself can carry.
 */
import { createKeys } from '@kptv/redis'
import { connectRedisRelay, type RelayFollower, type RelayPublisher } from '@kptv/relay'

export type EndpointOrder =
  /** The number of channels to publish or follow from now on. */
  | { readonly do: 'begin'; readonly channels: number }
  /** Publisher: this bit rate for each channel, for this long. */
  | { readonly do: 'send'; readonly bitsPerSecond: number; readonly ms: number }
  | { readonly do: 'count' }
  | { readonly do: 'end' }

/** Sums over all channels since `begin`. */
export type EndpointCount = {
  readonly bytes: number
  /** Messages that were not sent, or are missing for good. */
  readonly lost: number
  readonly cpuSeconds: number
  /** Fewest followers of a channel; of a follower: 1 when all channels have brought something. */
  readonly followers: number
}

const EVERY_MS = 20
const PACKET_BYTES = 188
const SILENT = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

const [role, url = '', name = ''] = process.argv.slice(2)
const relay = await connectRedisRelay({ url, keys: createKeys(), incarnation: name, name, logger: SILENT })
const packets = Buffer.alloc(PACKET_BYTES * 4_000)
for (let at = 0; at < packets.length; at += PACKET_BYTES) packets[at] = 0x47
let publishers: RelayPublisher[] = []
let followers: RelayFollower[] = []
let term = 0

process.on('message', async (order: EndpointOrder) => {
  if (order.do === 'begin') await begin(order.channels)
  if (order.do === 'send') await send(order)
  if (order.do === 'end') await end()
  process.send!(count())
})
process.on('disconnect', () => process.exit(0))
process.send!(count())

async function begin(channels: number): Promise<void> {
  term += 1
  const ids = Array.from({ length: channels }, (_, index) => `channel-${index}`)
  if (role === 'publisher') publishers = ids.map((id) => relay.publisher(id, term))
  else followers = ids.map((id) => relay.follow(id, { media() {}, interrupted() {}, ended() {}, alive() {} }))
}

async function end(): Promise<void> {
  await Promise.all([...publishers, ...followers].map((one) => one.close()))
  publishers = []
  followers = []
}

/**
 * As sockets bring it: a little for each channel, many times a second; what a late timer left out
 * is made up for.
 */
async function send({ bitsPerSecond, ms }: { readonly bitsPerSecond: number; readonly ms: number }): Promise<void> {
  const startedAt = performance.now()
  let sent = 0
  for (let passedMs = 0; passedMs < ms; passedMs = performance.now() - startedAt) {
    const due = Math.floor((bitsPerSecond / 8 / 1000) * passedMs) - sent
    const whole = Math.min(packets.length, due - (due % PACKET_BYTES))
    sent += whole
    if (whole > 0)
      for (const publisher of publishers) publisher.append({ packets: packets.subarray(0, whole), joinPoints: [0] })
    await sleep(EVERY_MS)
  }
}

function count(): EndpointCount {
  const { userCPUTime, systemCPUTime } = process.resourceUsage()
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
  const heard = followers.every(({ stats }) => stats.delivered > 0) ? 1 : 0
  return {
    bytes: sum([...publishers, ...followers].map(({ stats }) => stats.bytes)),
    lost: sum([...publishers.map(({ stats }) => stats.dropped), ...followers.map(({ stats }) => stats.gaps)]),
    cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
    followers: role === 'publisher' ? Math.min(...publishers.map((publisher) => publisher.followers)) : heard,
  }
}
