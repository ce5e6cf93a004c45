import { setTimeout as sleep } from 'node:timers/promises'
import { defineScript, type Redis, type RedisKeys } from '@kptv/redis'
import { createSlots, type SlotsOptions } from '../slots/slots.ts'

const takeOverStream = defineScript<
  readonly [device: string, which: 'own' | 'any'],
  { readonly streamId: string; readonly isNew: boolean } | undefined
>({
  file: new URL('./take-over-stream-2.lua', import.meta.url),
  parse: (reply) => {
    const [streamId, isNew] = reply as [string?, number?]
    return streamId === undefined ? undefined : { streamId, isNew: isNew === 1 }
  },
})

export type UserStreamRequest = {
  readonly user: string
  /** At once, on all nodes; `Infinity` without a limit. */
  readonly limit: number
  readonly channelId: string
  /** Zaps of one device take over its own streams. */
  readonly device: string
  /** What one more stream of another device does. */
  readonly onLimit: 'refuse' | 'end-oldest'
}

export type UserStreamsOptions = Omit<SlotsOptions, 'slotKeys' | 'confirmLeft'> & {
  readonly keys: RedisKeys
  /** May carry other subscriptions too. */
  readonly subscriber: Pick<Redis, 'on'>
}

/** How long a new stream waits for the end of the one that it takes over. */
const GRACE_MS = 2_000
const CHECK_MS = 25

export type UserStreams = ReturnType<typeof createUserStreams>

/**
 * The streams that users watch, as leases in Redis: at every instant a user has at most its limit
 * of them on all nodes together, whatever crashes. No connection to a provider depends on one, so a
 * lease ends without a quarantine.
 */
export function createUserStreams(options: UserStreamsOptions) {
  const { redis, keys, subscriber, timing } = options
  const slotKeys = (user: string): [streams: string, holders: string] => [
    keys.userStreams(user),
    keys.userStreamHolders(user),
  ]
  const leases = createSlots({
    ...options,
    slotKeys,
    timing: { ...timing, quarantineMs: 0 },
    // A node that cannot reach Redis loses its leases by itself, soon enough.
    confirmLeft: async () => false,
  })
  subscriber.on('message', (channel: string, streamId: string) => {
    if (channel === keys.userStreamRevoked) leases.revoked(streamId)
  })

  return {
    /** For the heartbeat. */
    leases,

    /**
     * Takes one more stream. At the limit, the oldest stream of the same device ends in its favour,
     * or with `end-oldest` that of any device. Throws when Redis does not answer, or has just lost
     * its memory.
     *
     * @returns its id, or `undefined`: the user has reached its limit
     */
    async open({ user, limit, channelId, device, onLimit }: UserStreamRequest): Promise<string | undefined> {
      const untilMs = performance.now() + GRACE_MS
      for (;;) {
        const answer = await leases.acquire({ accountId: user, limit, channelId, device })
        if (answer.outcome === 'granted') return answer.slotId
        if (answer.outcome === 'cold') throw new Error('Redis has just come back: nobody gets a stream yet')
        const which = onLimit === 'end-oldest' ? 'any' : 'own'
        const taken = await takeOverStream(redis, slotKeys(user), [device, which])
        if (taken === undefined || performance.now() > untilMs) return undefined
        if (taken.isNew) await redis.publish(keys.userStreamRevoked, taken.streamId)
        await sleep(CHECK_MS)
      }
    },

    /** It has ended. Never throws: while Redis is away, beats repeat it. */
    close: async (streamId: string): Promise<void> => void (await leases.release(streamId)),

    /**
     * Streams that are not ours any longer. `revoked`: another stream takes its place. Otherwise
     * Redis has forgotten it, and it may be opened again.
     */
    onLost: (listener: (streamIds: readonly string[], isRevoked: boolean) => void) =>
      leases.onLost((streamIds, reason) => listener(streamIds, reason === 'revoked')),

    /** Streams of a user on all nodes. Throws when Redis does not answer. */
    async count(user: string): Promise<number> {
      const [seconds, microseconds] = await redis.time()
      const nowMs = Number(seconds) * 1000 + Math.floor(Number(microseconds) / 1000)
      return redis.zcount(keys.userStreams(user), nowMs, '+inf')
    },
  }
}
