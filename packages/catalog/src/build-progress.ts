import type { Redis, RedisKeys } from '@kptv/redis'

/** The visible progress of a catalogue build. */
export type BuildProgress = {
  readonly generation: number
  /** Entries are grouped into channels, then all channels are put in order. */
  readonly phase: 'grouping' | 'ordering'
  readonly donePercent: number
  /** ISO 8601, UTC. */
  readonly startedAt: string
}

/** Without an update for this long the build is gone with its worker. */
const LIFETIME_MS = 60_000

/** Publishes the progress of a catalogue build. Functions throw when Redis does not answer. */
export function createBuildProgress({ redis, keys }: { readonly redis: Redis; readonly keys: RedisKeys }) {
  return {
    async report({ generation, phase, donePercent, startedAt }: BuildProgress): Promise<void> {
      const fields = { generation: String(generation), phase, donePercent: String(donePercent), startedAt }
      await redis.pipeline().hset(keys.catalogBuild, fields).pexpire(keys.catalogBuild, LIFETIME_MS).exec()
    },
    async clear(): Promise<void> {
      await redis.unlink(keys.catalogBuild)
    },
  }
}

/** Undefined when nothing is being built. Never throws for what Redis holds. */
export function decodeProgress(hash: Record<string, string>): BuildProgress | undefined {
  const { phase, startedAt } = hash
  const [generation, donePercent] = [Number(hash.generation), Number(hash.donePercent)]
  if (phase !== 'grouping' && phase !== 'ordering') return undefined
  if (startedAt === undefined || !Number.isSafeInteger(generation) || !Number.isSafeInteger(donePercent))
    return undefined
  return { generation, phase, donePercent, startedAt }
}
