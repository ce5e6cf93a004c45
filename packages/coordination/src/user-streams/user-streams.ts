import { setTimeout as sleep } from 'node:timers/promises'
import { defineScript, type Redis, type RedisKeys } from '@kptv/redis'
import { createSlots, type SlotsOptions } from '../slots/slots.ts'

const takeOverStream = defineScript<
  readonly [device: string, which: 'own' | 'any', player: string],
  { readonly streamId: string; readonly isNew: boolean } | undefined
>({
  file: new URL('./take-over-stream-2.lua', import.meta.url),
  parse: (reply) => {
    const [streamId, isNew] = reply as [string?, number?]
    return streamId === undefined ? undefined : { streamId, isNew: isNew === 1 }
  },
})

const keepPlayer = defineScript<
  readonly [player: string, lifetimeMs: number, streamId: string, channelId: string, nodeId: string, device: string],
  'kept' | 'unknown' | 'ended'
>({
  file: new URL('./keep-player-2.lua', import.meta.url),
  parse: (reply) => reply as 'kept' | 'unknown' | 'ended',
})

type UserStreamRequest = {
  readonly user: string
  /** At once, on all nodes; `Infinity` without a limit. */
  readonly limit: number
  readonly channelId: string
  /** Zaps of one device take over its own streams. */
  readonly device: string
  /** What one more stream of another device does. */
  readonly onLimit: 'refuse' | 'end-oldest'
}

/** A player without a connection (HLS): it is one stream of its user, whichever nodes it asks. */
type UserPlayer = UserStreamRequest & {
  /** Random, and the same in all its requests. */
  readonly player: string
  /** After this time without a request it has left. */
  readonly lifetimeMs: number
}

type UserStreamsOptions = Omit<SlotsOptions, 'slotKeys' | 'confirmLeft'> & {
  readonly keys: RedisKeys
  /** May carry other subscriptions too. */
  readonly subscriber: Pick<Redis, 'on'>
}

/** How long a new stream waits for the end of the one that it takes over. */
const GRACE_MS = 2_000
const CHECK_MS = 25

/**
 * The streams that users watch, as leases in Redis: at every instant a user has at most its limit
 * of them on all nodes together, even after crashes. No connection to a provider depends on one, so
 * a lease ends without a quarantine.
 */
export function createUserStreams(options: UserStreamsOptions) {
  const { redis, keys, subscriber, timing, nodeId } = options
  const slotKeys = (user: string): [streams: string, holders: string] => [
    keys.userStreams(user),
    keys.userStreamHolders(user),
  ]
  const leases = createSlots({
    ...options,
    slotKeys,
    timing: { ...timing, quarantineMs: 0 },
    // A node that cannot reach Redis loses its leases on its own, soon enough.
    confirmLeft: async () => false,
  })
  subscriber.on('message', (channel: string, streamId: string) => {
    if (channel === keys.userStreamRevoked) leases.revoked(streamId)
  })

  async function open(
    { user, limit, channelId, device, onLimit }: UserStreamRequest,
    player?: { readonly id: string; readonly isServed: () => Promise<boolean> },
  ): Promise<string | undefined> {
    const untilMs = performance.now() + GRACE_MS
    let isEndingOne = false
    let isRefused = false
    for (;;) {
      const answer = await leases.acquire({ accountId: user, limit, channelId, device })
      if (answer.outcome === 'granted') return answer.slotId
      if (answer.outcome === 'cold') throw new Error('Redis has just come back and grants no streams yet')
      if (await player?.isServed()) return undefined
      const which = onLimit === 'end-oldest' ? 'any' : 'own'
      const taken = await takeOverStream(redis, slotKeys(user), [device, which, player?.id ?? ''])
      // Once that one has ended, its place is kept for this device.
      isEndingOne ||= taken !== undefined
      if (isRefused || performance.now() > untilMs) return undefined
      // Its own stream may have ended between the two questions: then its place is free.
      isRefused = !isEndingOne
      if (isRefused) continue
      if (taken?.isNew) await redis.publish(keys.userStreamRevoked, taken.streamId)
      await sleep(CHECK_MS)
    }
  }

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
    open: (request: UserStreamRequest) => open(request),

    /**
     * A player has sent a request: its stream is renewed, or taken as with {@link open}. Throws as
     * that does.
     *
     * @returns `full`: the user has reached its limit. `ended`: another stream took its place
     */
    async keepPlayer(request: UserPlayer): Promise<'kept' | 'ended' | 'full'> {
      const { user, channelId, device, lifetimeMs } = request
      const id = `${channelId}/${request.player}`
      const keep = (streamId = '') =>
        keepPlayer(redis, slotKeys(user), [id, lifetimeMs, streamId, channelId, nodeId, device])
      let kept = await keep()
      if (kept !== 'unknown') return kept
      // Another request of the player may be faster; its stream must not be taken over.
      const isServed = async (): Promise<boolean> => {
        kept = await keep()
        return kept !== 'unknown'
      }
      const streamId = await open(request, { id, isServed })
      if (streamId === undefined) return kept === 'unknown' ? 'full' : kept
      try {
        kept = await keep(streamId)
      } finally {
        await leases.release(streamId)
      }
      if (kept === 'unknown') throw new Error('the stream of the player was lost at once')
      return kept
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
