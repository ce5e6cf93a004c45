import { defineScript, type Redis, type RedisKeys } from '@kptv/redis'
import { decodeState } from './source-state.ts'

export type PublishOutcome = 'published' | 'unchanged' | 'older' | 'incomplete'

const publishScript = defineScript<ReadonlyArray<string | number>, PublishOutcome | 'changed'>({
  file: new URL('./publish-list-3.lua', import.meta.url),
  parse: (reply) => String(reply) as PublishOutcome | 'changed',
})

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
  for (;;) {
    const { goodVersion = 0, quarantine } = decodeState(await redis.hgetall(keys.sourceState(sourceId)))
    const replaced = goodVersion === 0 ? list : keys.sourceList(sourceId, goodVersion)
    const args = [version, goodVersion, fields, retentionMs, contentHash, ...state]
    const outcome = await publishScript(redis, [keys.sourceState(sourceId), list, replaced], args)
    if (outcome === 'changed') continue
    const isOvertaken = quarantine !== undefined && quarantine.version !== version
    if (isOvertaken && (outcome === 'published' || outcome === 'unchanged')) {
      await redis.unlink(keys.sourceList(sourceId, quarantine.version))
    }
    return outcome
  }
}
