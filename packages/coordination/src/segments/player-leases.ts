import { defineScript, type Redis, type RedisKeys, type ScriptArgument } from '@kptv/redis'

type PlayerChange = {
  /** Players that this call has made known, and those whose lease it found over. */
  readonly joined: number
  readonly left: number
  /** Players whose last request came to this process. */
  readonly own: number
}

const renewPlayers = defineScript<readonly ScriptArgument[], PlayerChange>({
  file: new URL('./renew-players-2.lua', import.meta.url),
  parse(reply) {
    const [joined = 0, left = 0, own = 0] = (reply as unknown[]).map(Number)
    return { joined, left, own }
  },
})

/** Lua cannot unpack much more at once. */
const MAX_PLAYERS_A_CALL = 1_000

export type PlayerLeases = ReturnType<typeof createPlayerLeases>

/**
 * Players of HLS have no connection: each is a lease that its requests renew, on any node. Every
 * player counts once in the cluster, on the node that got its last request.
 */
export function createPlayerLeases({
  redis,
  keys,
  incarnation,
  lifetimeMs,
}: {
  readonly redis: Redis
  readonly keys: RedisKeys
  /** Of this process, at this moment. */
  readonly incarnation: () => string
  readonly lifetimeMs: number
}) {
  return {
    lifetimeMs,

    /**
     * @param players that sent a request to this process since the last call
     * @throws when Redis does not answer
     */
    async renew(channelId: string, players: readonly string[]): Promise<PlayerChange> {
      const names = [keys.channelPlayers(channelId), keys.channelPlayerNodes(channelId)]
      const sum = { joined: 0, left: 0, own: 0 }
      for (let from = 0; from === 0 || from < players.length; from += MAX_PLAYERS_A_CALL) {
        const some = players.slice(from, from + MAX_PLAYERS_A_CALL)
        const { joined, left, own } = await renewPlayers(redis, names, [incarnation(), lifetimeMs, ...some])
        Object.assign(sum, { joined: sum.joined + joined, left: sum.left + left, own })
      }
      return sum
    },
  }
}
