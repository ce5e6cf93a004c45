import { defineScript, type Redis, type RedisKeys } from '@kptv/redis'
import type { CommandRunner } from '../heartbeat/command-batch.ts'
import type { Incarnation } from '../incarnation.ts'
import type { Timing } from '../timing.ts'

const notePresence = defineScript<readonly [incarnation: string, viewers: number, lifetimeMs: number], number>({
  file: new URL('./note-presence-2.lua', import.meta.url),
  parse: Number,
})

type Noted = {
  readonly viewers: number
  readonly writtenAtMs: number
  readonly incarnation: string
  isConfirmed: boolean
}

export type Presence = ReturnType<typeof createPresence>

/**
 * How many viewers each channel has in the whole cluster: one number per channel and process, never
 * one per viewer, so that nothing is left behind. The viewers of a dead process stop counting after
 * {@link Timing.presenceMs}.
 */
export function createPresence(options: {
  readonly redis: Redis
  readonly keys: RedisKeys
  readonly incarnation: Incarnation
  readonly timing: Pick<Timing, 'presenceMs'>
  readonly monotonicMs?: () => number
}) {
  const { redis, keys, incarnation, timing, monotonicMs = () => performance.now() } = options
  const own = new Map<string, Noted>()
  const channelKeys = (channelId: string) => [keys.channelPresence(channelId), keys.channelPresenceCounts(channelId)]

  async function write(channelId: string, noted: Noted, runner: CommandRunner): Promise<void> {
    const { viewers } = noted
    const { id } = incarnation
    const sentAtMs = monotonicMs()
    await notePresence(runner, channelKeys(channelId), [id, viewers, timing.presenceMs])
    Object.assign(noted, { writtenAtMs: sentAtMs, incarnation: id, isConfirmed: noted.viewers === viewers })
    if (noted.isConfirmed && viewers === 0 && own.get(channelId) === noted) own.delete(channelId)
  }

  return {
    /**
     * The viewers of a channel on this node have changed. Written at once, and by the beats until
     * it is confirmed; then repeated as long as there are any viewers.
     */
    set(channelId: string, viewers: number): void {
      const noted = own.get(channelId) ?? { viewers: 0, writtenAtMs: 0, incarnation: '', isConfirmed: false }
      if (noted.viewers === viewers && (noted.isConfirmed || viewers === 0)) return
      Object.assign(noted, { viewers, isConfirmed: false })
      own.set(channelId, noted)
      write(channelId, noted, redis).catch(() => undefined)
    },

    /**
     * Viewers of a channel on all nodes. A leader may stop when it is 0, and still 0 once a viewer
     * has had time to come back.
     *
     * @throws when Redis does not answer: then nothing is known about other nodes.
     */
    totalViewers: (channelId: string): Promise<number> =>
      notePresence(redis, channelKeys(channelId), ['', 0, timing.presenceMs]),

    /**
     * The other processes that have viewers of a channel, those with the most first. Throws when
     * Redis does not answer.
     */
    async others(channelId: string): Promise<string[]> {
      // Counting also removes those that are gone.
      await notePresence(redis, channelKeys(channelId), ['', 0, timing.presenceMs])
      const counts = Object.entries(await redis.hgetall(keys.channelPresenceCounts(channelId)))
      return counts
        .filter(([other, viewers]) => other !== incarnation.id && Number(viewers) > 0)
        .sort(([, one], [, other]) => Number(other) - Number(one))
        .map(([other]) => other)
    },

    /**
     * For the heartbeat: writes unconfirmed numbers, and repeats the rest often enough. Throws when
     * Redis does not answer.
     */
    async renewAll(runner: CommandRunner): Promise<void> {
      const dueBeforeMs = monotonicMs() - timing.presenceMs / 3
      const due = [...own].filter(
        ([, noted]) => !noted.isConfirmed || noted.incarnation !== incarnation.id || noted.writtenAtMs <= dueBeforeMs,
      )
      await Promise.all(due.map(([channelId, noted]) => write(channelId, noted, runner)))
    },

    /** Redis has lost its memory: the next beat writes everything again. */
    forget(): void {
      for (const noted of own.values()) noted.isConfirmed = false
    },
  }
}
