import {
  compareClaims,
  compareSortKeys,
  createNumberResolver,
  type NewNumber,
  type NumberClaim,
  type SortKey,
  type SortOrder,
  withNumber,
} from '@kptv/playlist'
import { execOrThrow, type Redis, type RedisKeys } from '@kptv/redis'
import { encodeInfo, type GenerationInfo } from './generation-info.ts'
import { type CatalogChannel, decodeChannel, encodeChannel } from './record-format.ts'
import { createRemovedChannels } from './removed-channels.ts'
import { createSortedRuns } from './sorted-runs.ts'
import { claimGeneration, definePublication } from './versions.ts'

type SwapOutcome = 'current' | 'older' | 'incomplete'

const swapGeneration = definePublication<SwapOutcome>(new URL('./swap-generation-7.lua', import.meta.url))

export type CatalogWriter = ReturnType<typeof createCatalogWriter>

/** A channel with its place in the list, and the number that it claims. */
export type PlacedChannel = {
  readonly channel: CatalogChannel
  readonly sortKey: SortKey
  readonly claim?: NumberClaim | undefined
}

type GenerationFacts = Pick<GenerationInfo, 'builtAt' | 'epgUrls' | 'inputs' | 'settings'> &
  Partial<Pick<GenerationInfo, 'unmatched'>>

/**
 * Writes a new generation aside and makes it current in one step. Readers never see an unfinished
 * one; a writer that dies leaves only keys that expire; of two writers the one that claimed its
 * number later wins, even if it finishes first. Memory does not grow with the catalogue. All
 * functions throw when Redis does not answer.
 */
export function createCatalogWriter(options: {
  readonly redis: Redis
  readonly keys: RedisKeys
  /**
   * How long channels that have left the catalogue can be played by their ids. Default: not at all.
   */
  readonly removedGraceMs?: number
  /** Channels in one write. */
  readonly batchSize?: number
  /** An unfinished generation that is not written to for this long disappears. */
  readonly unfinishedTtlMs?: number
  /** How long a replaced generation stays, for readers in the middle of it. */
  readonly retentionMs?: number
}) {
  const { redis, keys, removedGraceMs = 0, batchSize = 200, unfinishedTtlMs = 900_000, retentionMs = 600_000 } = options
  const removed = createRemovedChannels({ redis, keys })

  /** Claims a number. Add the channels in pieces, in any order, each channel once; then finish. */
  async function begin(direction: SortOrder['direction']) {
    const generation = await claimGeneration(redis, [keys.catalogLastGeneration], [])
    const [channelsKey, orderKey, infoKey] = generationKeys(generation)
    const runs = { redis, ttlMs: unfinishedTtlMs }
    const places = createSortedRuns({
      ...runs,
      key: keys.catalogRuns(generation, 'order'),
      compare: compareSortKeys(direction),
    })
    const claims = createSortedRuns<NumberClaim>({
      ...runs,
      key: keys.catalogRuns(generation, 'numbers'),
      compare: compareClaims,
    })
    let channels = 0
    let streams = 0
    let underWay: Promise<unknown> = Promise.resolve()

    async function write(placed: readonly PlacedChannel[]): Promise<void> {
      for (let start = 0; start < placed.length; start += batchSize) {
        const batch = placed.slice(start, start + batchSize)
        await writeRecords(batch.map(({ channel }) => channel))
        for (const { channel } of batch) streams += channel.streams.length
        channels += batch.length
      }
      await places.add(placed.map(({ sortKey }) => sortKey))
      await claims.add(placed.map(({ claim }) => claim).filter((claim) => claim !== undefined))
    }

    /**
     * Sends a batch once the previous one has arrived: the next is encoded while one is under way.
     */
    async function writeRecords(batch: readonly CatalogChannel[]): Promise<void> {
      if (batch.length === 0) return
      // As bytes: a single Arabic name would turn the whole batch into a text of two bytes per
      // character.
      const records = batch.flatMap((channel) => [channel.id, Buffer.from(encodeChannel(channel))])
      await underWay
      underWay = execOrThrow(
        redis
          .pipeline()
          .hset(channelsKey, ...records)
          .pexpire(channelsKey, unfinishedTtlMs),
      )
      // The next await gets the error.
      underWay.catch(() => {})
    }

    async function writeOrder(): Promise<void> {
      for await (const rows of places.merged()) {
        const ids = rows.map(([, , id]) => id)
        await execOrThrow(
          redis
            .pipeline()
            .rpush(orderKey, ...ids)
            .pexpire(orderKey, unfinishedTtlMs),
        )
      }
      await places.discard()
    }

    async function makeNumbersUnique(): Promise<void> {
      const resolver = createNumberResolver()
      for await (const rows of claims.merged()) await giveNumbers(rows.flatMap((claim) => resolver.push(claim)))
      await giveNumbers(resolver.end())
      await claims.discard()
    }

    async function giveNumbers(changes: readonly NewNumber[]): Promise<void> {
      for (let start = 0; start < changes.length; start += batchSize) {
        const batch = changes.slice(start, start + batchSize)
        const records = await redis.hmget(channelsKey, ...batch.map(({ id }) => id))
        const changed = batch.flatMap(({ id, number }, index) => {
          const channel = decodeChannel(id, records[index])
          return channel ? [{ ...channel, attributes: withNumber(channel.attributes, number) }] : []
        })
        await writeRecords(changed)
      }
    }

    return {
      generation,
      write,
      /** What has been written so far. */
      counts: () => ({ channels, streams }),

      /**
       * `older`: a newer generation is current already. `incomplete`: Redis lost parts; nothing was
       * changed.
       */
      async finish(facts: GenerationFacts): Promise<SwapOutcome> {
        await underWay
        await makeNumbersUnique()
        await underWay
        await writeOrder()
        const info = encodeInfo({ unmatched: [], ...facts, channels, streams })
        await execOrThrow(redis.pipeline().hset(infoKey, info).pexpire(infoKey, unfinishedTtlMs))
        const nowMs = Date.parse(facts.builtAt)
        const outcome = await swap({ generation, channels, nowMs })
        if (outcome === 'current') {
          // The generation is current by now; keys that were not removed go with the next one.
          await removed.forget({ current: generation, untilMs: nowMs - removedGraceMs }).catch(() => {})
        }
        return outcome
      },

      /**
       * Removes the written keys, unless the generation is current: perhaps only the answer to the
       * swap was lost.
       */
      async discard(): Promise<void> {
        await underWay.catch(() => {})
        if ((await redis.get(keys.catalogCurrent)) === String(generation)) return
        await Promise.all([places.discard(), claims.discard(), redis.unlink(channelsKey, orderKey, infoKey)])
      },
    }
  }

  async function swap(next: {
    readonly generation: number
    readonly channels: number
    readonly nowMs: number
  }): Promise<SwapOutcome> {
    const { generation, channels, nowMs } = next
    return swapGeneration(redis, async () => {
      const current = await redis.get(keys.catalogCurrent)
      const replaced = generationKeys(Number(current ?? generation))
      if (current !== null && removedGraceMs > 0) {
        await removed.keep({ current: Number(current), next: generation, nowMs })
      }
      return {
        keys: [keys.catalogCurrent, ...generationKeys(generation), ...replaced],
        args: [generation, current ?? '', channels, retentionMs, keys.catalogChanged],
      }
    })
  }

  function generationKeys(generation: number): [channels: string, order: string, info: string] {
    return [keys.catalogChannels(generation), keys.catalogOrder(generation), keys.catalogInfo(generation)]
  }

  return { begin }
}
