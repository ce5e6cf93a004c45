import { defineScript, type Redis, type RedisKeys } from '@kptv/redis'
import type { CommandRunner } from '../heartbeat/command-batch.ts'
import type { Incarnation } from '../incarnation.ts'
import type { Timing } from '../timing.ts'

type Audience = {
  readonly viewers: number
  /** The highest of those that watch or wait. */
  readonly priority: number
}

const notePresence = defineScript<
  readonly [incarnation: string, viewers: number, lifetimeMs: number, priority: number],
  Audience
>({
  file: new URL('./note-presence-3.lua', import.meta.url),
  parse: (reply) => {
    const [viewers, priority] = reply as [number, number]
    return { viewers, priority }
  },
})

type Noted = Audience & {
  readonly writtenAtMs: number
  readonly incarnation: string
  isConfirmed: boolean
}

const NOTHING: Noted = { viewers: 0, priority: 0, writtenAtMs: 0, incarnation: '', isConfirmed: false }

const isEmpty = ({ viewers, priority }: Audience): boolean => viewers === 0 && priority === 0

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
  const channelKeys = (channelId: string) => [
    keys.channelPresence(channelId),
    keys.channelPresenceCounts(channelId),
    keys.channelPresencePriorities(channelId),
  ]
  /** Also removes nodes that are gone. */
  const read = (channelId: string) => notePresence(redis, channelKeys(channelId), ['', 0, timing.presenceMs, 0])

  async function write(channelId: string, noted: Noted, runner: CommandRunner): Promise<void> {
    const { viewers, priority } = noted
    const { id } = incarnation
    const sentAtMs = monotonicMs()
    await notePresence(runner, channelKeys(channelId), [id, viewers, timing.presenceMs, priority])
    const isConfirmed = noted.viewers === viewers && noted.priority === priority
    Object.assign(noted, { writtenAtMs: sentAtMs, incarnation: id, isConfirmed })
    if (noted.isConfirmed && isEmpty(noted) && own.get(channelId) === noted) own.delete(channelId)
  }

  return {
    /**
     * The viewers of a channel on this node have changed. Written at once, and by the beats until
     * it is confirmed; then repeated as long as there are any viewers.
     *
     * @param viewers at least 1 while a request waits for media: its node may try what others
     *   cannot play
     * @param priority the highest of those that watch or wait for the first media
     */
    set(channelId: string, viewers: number, priority = 0): void {
      const noted = own.get(channelId) ?? NOTHING
      const isSame = noted.viewers === viewers && noted.priority === priority
      if (isSame && (noted.isConfirmed || isEmpty(noted))) return
      own.set(channelId, { ...noted, viewers, priority, isConfirmed: false })
      write(channelId, own.get(channelId)!, redis).catch(() => undefined)
    },

    /**
     * Viewers of a channel on all nodes. A leader may stop when it is 0, and still 0 once a viewer
     * has had time to come back.
     *
     * @throws when Redis does not answer: then nothing is known about other nodes.
     */
    totalViewers: async (channelId: string): Promise<number> => (await read(channelId)).viewers,

    /** The viewers of a channel on all nodes. Throws when Redis does not answer. */
    read,

    /**
     * The other processes that have viewers of a channel, those with the most first. Throws when
     * Redis does not answer.
     */
    async others(channelId: string): Promise<string[]> {
      await read(channelId)
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
