import type { Programme } from '@kptv/guide'
import { execOrThrow, type Redis, type RedisKeys } from '@kptv/redis'
import { claimGeneration, definePublication } from '../versions.ts'
import { packProgrammes } from './programme-pack.ts'

type GuideSwapOutcome = 'current' | 'older' | 'incomplete'

const swapGuide = definePublication<GuideSwapOutcome>(new URL('./swap-guide-5.lua', import.meta.url))

/** The sources and the contents of a guide. */
export type GuideInfo = {
  /** ISO 8601, UTC. */
  readonly builtAt: string
  readonly channels: number
  readonly programmes: number
  /** Channels of the catalogue that some guide knows, with programmes or without. */
  readonly matched: number
  /**
   * Good version of each guide that went in, and the time window: the same text is the same guide.
   */
  readonly inputs: string
}

export type GuideWriter = ReturnType<typeof createGuideWriter>

/**
 * Writes the next guide aside and makes it current in one step, like a catalogue: readers never see
 * an unfinished one, and a writer that dies leaves nothing but keys that expire. All functions
 * throw when Redis does not answer.
 */
export function createGuideWriter(options: {
  readonly redis: Redis
  readonly keys: RedisKeys
  /** An unfinished guide that is not written to for this long disappears. */
  readonly unfinishedTtlMs?: number
  /** How long a replaced guide stays, for readers in the middle of it. */
  readonly retentionMs?: number
}) {
  const { redis, keys, unfinishedTtlMs = 900_000, retentionMs = 600_000 } = options

  /** Claims a number. Add each channel once, then finish. */
  async function begin() {
    const number = await claimGeneration(redis, [keys.guideLastGeneration], [])
    const programmesKey = keys.guideMerged(number)
    const infoKey = keys.guideInfo(number)
    let channels = 0
    let programmes = 0

    return {
      counts: () => ({ channels, programmes }),

      /** Channels without programmes are left out. */
      async write(merged: ReadonlyMap<string, readonly Programme[]>): Promise<void> {
        const fields: Array<string | Buffer> = []
        for (const [channelId, list] of merged) {
          if (list.length === 0) continue
          fields.push(channelId, packProgrammes(list))
          programmes += list.length
        }
        if (fields.length === 0) return
        channels += fields.length / 2
        await execOrThrow(
          redis
            .pipeline()
            .hset(programmesKey, ...fields)
            .pexpire(programmesKey, unfinishedTtlMs),
        )
      },

      async finish({
        builtAt,
        inputs,
        matched,
      }: Pick<GuideInfo, 'builtAt' | 'inputs' | 'matched'>): Promise<GuideSwapOutcome> {
        const counts = { channels, programmes, matched }
        const info = { builtAt, inputs, ...counts }
        await execOrThrow(redis.pipeline().hset(infoKey, info).pexpire(infoKey, unfinishedTtlMs))
        return swap(number, channels)
      },

      async discard(): Promise<void> {
        if ((await redis.get(keys.guideCurrent)) !== String(number)) await redis.unlink(programmesKey, infoKey)
      },
    }
  }

  async function swap(number: number, channels: number): Promise<GuideSwapOutcome> {
    return swapGuide(redis, async () => {
      const current = await redis.get(keys.guideCurrent)
      const replaced = Number(current ?? number)
      const ofBoth = [number, replaced].flatMap((guide) => [keys.guideMerged(guide), keys.guideInfo(guide)])
      return {
        keys: [keys.guideCurrent, ...ofBoth],
        args: [number, current ?? '', channels, retentionMs, keys.guideChanged],
      }
    })
  }

  return { begin }
}
