import { defineScript, type Redis, type RedisKeys } from '@kptv/redis'

type Arguments = ReadonlyArray<string | number>

const keepRemoved = defineScript<Arguments, number>({
  file: new URL('./keep-removed-4.lua', import.meta.url),
  parse: Number,
})

const forgetRemoved = defineScript<Arguments, number>({
  file: new URL('./forget-removed-3.lua', import.meta.url),
  parse: Number,
})

/** Ids for one script: few enough that Redis answers others in between. */
const IDS_PER_CALL = 200
/** A provider that keeps renaming all its channels must not fill Redis. */
const MAX_REMOVED = 50_000

/**
 * Channels that have left the catalogue stay playable by their ids for a while: a provider that
 * loses them for a day, or a bookmark, finds them again. Functions throw when Redis does not
 * answer; safe to repeat.
 */
export function createRemovedChannels({ redis, keys }: { readonly redis: Redis; readonly keys: RedisKeys }) {
  return {
    /** Call it before `next` becomes current. */
    async keep({
      current,
      next,
      nowMs,
    }: {
      readonly current: number
      readonly next: number
      readonly nowMs: number
    }): Promise<number> {
      const channels = [keys.catalogChannels(current), keys.catalogChannels(next)]
      const scriptKeys = [...channels, keys.catalogRemoved, keys.catalogRemovedAt]
      let found = 0
      for (let start = 0; ; start += IDS_PER_CALL) {
        const ids = await redis.lrange(keys.catalogOrder(current), start, start + IDS_PER_CALL - 1)
        if (ids.length === 0) return found
        found += await keepRemoved(redis, scriptKeys, [nowMs, MAX_REMOVED, ...ids])
      }
    },

    /**
     * Call it after `current` has become current. Forgets channels that are back, and those that
     * were removed up to `untilMs`.
     */
    async forget({ current, untilMs }: { readonly current: number; readonly untilMs: number }): Promise<void> {
      const scriptKeys = [keys.catalogChannels(current), keys.catalogRemoved, keys.catalogRemovedAt]
      for (let kept = 0; ; ) {
        const ids = await redis.zrange(keys.catalogRemovedAt, kept, String(kept + IDS_PER_CALL - 1))
        if (ids.length === 0) return
        kept += ids.length - (await forgetRemoved(redis, scriptKeys, [untilMs, ...ids]))
      }
    },
  }
}
