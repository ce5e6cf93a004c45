import { connectRedis } from '@kptv/redis'
import type { Rig } from './rig.ts'

type TermWatch = {
  /**
   * Media of an older term after that of a newer one, one sentence for all; empty when there was
   * none.
   */
  violations(): string[]
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Offsets of the relay's header, and the kind of messages with media: read here by its description,
 * not by the product's code.
 */
const KIND_AT = 3
const TERM_AT = 8
const MEDIA = 0
const SILENT = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

/**
 * Listens to the channel's relay as Redis passes it on: who was deposed must publish nothing any
 * more.
 */
export async function watchTerms(rig: Rig): Promise<TermWatch> {
  const { url } = rig.cluster.redis
  const subscriber = await connectRedis({ url, role: 'subscriber', logger: SILENT, name: 'term-watch' })
  let [highest, stale] = [0n, 0]
  subscriber.on('smessageBuffer', (_name: Buffer, message: Buffer) => {
    if (message[KIND_AT] !== MEDIA) return
    const term = message.readBigUInt64BE(TERM_AT)
    if (term < highest) stale++
    else highest = term
  })
  await subscriber.ssubscribe(`kptv:0:{channel:${rig.channelIds[0]}}:media`)
  return {
    violations: () => (stale === 0 ? [] : [`${stale} messages with media of an old term`]),
    async [Symbol.asyncDispose]() {
      subscriber.disconnect()
    },
  }
}
