import type { Redis, RedisKeys } from '@kptv/redis'
import { type BuildProgress, decodeProgress } from './build-progress.ts'
import { decodeInfo, type GenerationInfo } from './generation-info.ts'
import { type CatalogChannel, decodeChannel } from './record-format.ts'
import { watchNumber } from './watch-number.ts'

type CatalogReaderOptions = {
  readonly redis: Redis
  /**
   * Connection of role `subscriber`, may be shared. Without it changes are noticed by the poll
   * alone.
   */
  readonly subscriber?: Redis
  readonly keys: RedisKeys
  /** Interval for checking the current number, for messages that were missed. Default 5 s. */
  readonly pollMs?: number
  /** Called for each failed poll. */
  readonly onPollError?: (error: unknown) => void
}

export type CatalogReader = ReturnType<typeof createCatalogReader>

/**
 * Reads catalogue generations. A generation never changes once it is current, and stays readable
 * for 10 minutes after it was replaced, so a reader that keeps to one number sees one catalogue.
 * Reads throw when Redis does not answer.
 */
export function createCatalogReader(options: CatalogReaderOptions) {
  const { redis, subscriber, keys, pollMs = 5000, onPollError } = options

  /** Number of the generation that is served; undefined before the first import. */
  async function currentGeneration(): Promise<number | undefined> {
    const generation = Number((await redis.get(keys.catalogCurrent)) ?? Number.NaN)
    return Number.isSafeInteger(generation) && generation > 0 ? generation : undefined
  }

  /**
   * One channel by id, including channels that left the catalogue lately; undefined when there is
   * none, or its record is not readable.
   *
   * @param generation Default: the current one
   */
  async function channel(id: string, generation?: number): Promise<CatalogChannel | undefined> {
    const number = generation ?? (await currentGeneration())
    if (number === undefined) return undefined
    const record = await redis.hget(keys.catalogChannels(number), id)
    return decodeChannel(id, record ?? (await redis.hget(keys.catalogRemoved, id)))
  }

  /**
   * All channels in the order of the playlist, read in pages so that any size needs little memory.
   * Records that are not readable are left out. Throws when the generation has expired under the
   * reader: the list would be cut off.
   */
  async function* channelsInOrder(generation: number, pageSize = 500): AsyncGenerator<CatalogChannel> {
    const orderKey = keys.catalogOrder(generation)
    const total = await redis.llen(orderKey)
    for (let start = 0; start < total; start += pageSize) {
      const ids = await redis.lrange(orderKey, start, Math.min(start + pageSize, total) - 1)
      if (ids.length === 0) throw new Error(`catalogue generation ${generation} has expired while it was read`)
      const records = await redis.hmget(keys.catalogChannels(generation), ...ids)
      for (const [index, id] of ids.entries()) {
        const decoded = decodeChannel(id, records[index])
        if (decoded) yield decoded
      }
    }
  }

  /** The inputs of a generation; undefined when it is missing. */
  async function info(generation: number): Promise<GenerationInfo | undefined> {
    return decodeInfo(generation, await redis.hgetall(keys.catalogInfo(generation)))
  }

  /** The progress of the build under way; undefined when there is none. */
  async function build(): Promise<BuildProgress | undefined> {
    return decodeProgress(await redis.hgetall(keys.catalogBuild))
  }

  /** Calls the listener with the current number, and with each new one; see {@link watchNumber}. */
  function onChange(listener: (generation: number) => void): AsyncDisposable {
    return watchNumber(
      { read: currentGeneration, subscriber, hints: keys.catalogChanged, pollMs, onPollError },
      listener,
    )
  }

  return { currentGeneration, channel, channelsInOrder, info, build, onChange }
}
