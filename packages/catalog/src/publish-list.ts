import type { Redis, RedisKeys } from '@kptv/redis'
import { decodeState, type SourceState } from './source-state.ts'
import { definePublication } from './versions.ts'

export type PublishOutcome = 'published' | 'unchanged' | 'older' | 'incomplete'

const publish = definePublication<PublishOutcome>(new URL('./publish-list-3.lua', import.meta.url))

/** A list that is written completely, and its facts. */
export type FinishedList = {
  readonly version: number
  /** Number of fields that its key must have if Redis lost none. */
  readonly fields: number
  /** SHA-256 of its entries and guides, which identifies an unchanged list. */
  readonly contentHash: string
  /** Fields and values of the state once it is the good list. */
  readonly state: readonly string[]
}

/**
 * Makes it the good list of its source in one step. This removes a list that was put aside before:
 * it has been overtaken.
 */
export async function publishList(
  { redis, keys, retentionMs }: { readonly redis: Redis; readonly keys: RedisKeys; readonly retentionMs: number },
  sourceId: string,
  { version, fields, contentHash, state }: FinishedList,
): Promise<PublishOutcome> {
  const list = keys.sourceList(sourceId, version)
  let aside: SourceState['quarantine']
  const outcome = await publish(redis, async () => {
    const { goodVersion = 0, quarantine } = decodeState(await redis.hgetall(keys.sourceState(sourceId)))
    aside = quarantine
    const replaced = goodVersion === 0 ? list : keys.sourceList(sourceId, goodVersion)
    return {
      keys: [keys.sourceState(sourceId), list, replaced],
      args: [version, goodVersion, fields, retentionMs, contentHash, ...state],
    }
  })
  const isGood = outcome === 'published' || outcome === 'unchanged'
  if (isGood && aside !== undefined && aside.version !== version) {
    await redis.unlink(keys.sourceList(sourceId, aside.version))
  }
  return outcome
}
