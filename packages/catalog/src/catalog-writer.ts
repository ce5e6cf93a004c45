import { defineScript, execOrThrow, type Redis, type RedisKeys } from '@kptv/redis'
import { encodeInfo, type GenerationInfo } from './generation-info.ts'
import { type CatalogChannel, encodeChannel } from './record-format.ts'

const claimGeneration = defineScript<readonly [], number>({
  file: new URL('./claim-generation-1.lua', import.meta.url),
  parse: Number,
})

type SwapOutcome = 'current' | 'older' | 'incomplete'

const swapGeneration = defineScript<ReadonlyArray<string | number>, SwapOutcome | 'changed'>({
  file: new URL('./swap-generation-7.lua', import.meta.url),
  parse: (reply) => String(reply) as SwapOutcome | 'changed',
})

export type CatalogWriter = ReturnType<typeof createCatalogWriter>

/**
 * Writes a new generation aside and makes it current in one step. Readers never see an unfinished one; a writer that
 * dies leaves nothing but keys that expire; of two writers the one that claimed its number later wins, whoever
 * finishes last. All functions throw when Redis does not answer.
 */
export function createCatalogWriter(options: {
  redis: Redis
  keys: RedisKeys
  /** Channels in one write. */
  batchSize?: number
  /** An unfinished generation that is not written to for so long disappears. */
  unfinishedTtlMs?: number
  /** A replaced generation stays for readers that are in the middle of it. */
  retentionMs?: number
}) {
  const { redis, keys, batchSize = 200, unfinishedTtlMs = 900_000, retentionMs = 600_000 } = options

  /** Claims a number. Add the channels in the order of the playlist, then finish. */
  async function begin() {
    const generation = await claimGeneration(redis, [keys.catalogLastGeneration], [])
    const [channelsKey, orderKey, infoKey] = generationKeys(generation)
    let waiting: CatalogChannel[] = []
    let channels = 0
    let streams = 0

    async function flush(): Promise<void> {
      const batch = waiting
      if (batch.length === 0) return
      waiting = []
      const records = batch.flatMap((channel) => [channel.id, encodeChannel(channel)])
      const ids = batch.map((channel) => channel.id)
      const write = redis
        .pipeline()
        .hset(channelsKey, ...records)
        .rpush(orderKey, ...ids)
      await execOrThrow(write.pexpire(channelsKey, unfinishedTtlMs).pexpire(orderKey, unfinishedTtlMs))
    }

    return {
      generation,

      async add(channel: CatalogChannel): Promise<void> {
        waiting.push(channel)
        channels += 1
        streams += channel.streams.length
        if (waiting.length >= batchSize) await flush()
      },

      /** `older`: a newer generation is current already. `incomplete`: Redis lost parts; nothing was changed. */
      async finish(facts: Pick<GenerationInfo, 'builtAt' | 'epgUrls' | 'inputs' | 'settings'>): Promise<SwapOutcome> {
        await flush()
        const info = encodeInfo({ ...facts, channels, streams })
        await execOrThrow(redis.pipeline().hset(infoKey, info).pexpire(infoKey, unfinishedTtlMs))
        return swap({ generation, channels })
      },

      /** Removes what was written. */
      async discard(): Promise<void> {
        waiting = []
        await redis.unlink(channelsKey, orderKey, infoKey)
      },
    }
  }

  async function swap({ generation, channels }: { generation: number; channels: number }): Promise<SwapOutcome> {
    for (;;) {
      const current = await redis.get(keys.catalogCurrent)
      const replaced = generationKeys(Number(current ?? generation))
      const scriptKeys = [keys.catalogCurrent, ...generationKeys(generation), ...replaced]
      const args = [generation, current ?? '', channels, retentionMs, keys.catalogChanged]
      const outcome = await swapGeneration(redis, scriptKeys, args)
      if (outcome !== 'changed') return outcome
    }
  }

  function generationKeys(generation: number): [channels: string, order: string, info: string] {
    return [keys.catalogChannels(generation), keys.catalogOrder(generation), keys.catalogInfo(generation)]
  }

  return { begin }
}
