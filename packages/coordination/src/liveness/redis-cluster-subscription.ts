import {
  connectToPrimary,
  defineScript,
  primaryOf,
  type Redis,
  type RedisCluster,
  type RedisServer,
  refreshShards,
} from '@kptv/redis'
import type { LivenessSubscription } from './subscription.ts'

const countListeners = defineScript<readonly [], { readonly listeners: number; readonly runId: string }>({
  file: new URL('./count-listeners-1.lua', import.meta.url),
  parse: (reply) => {
    const [runId, listeners] = reply as [string, number]
    return { runId, listeners: Number(listeners) }
  },
})

/**
 * How often the subscription is renewed, and its server compared with the one that serves the name.
 */
const PROVE_EVERY_MS = 500
/** A connection that leaves this many of these unanswered is given up. */
const DEAF_AFTER_PROOFS = 2

type Line = { readonly redis: RedisServer; readonly place: string }

/**
 * In a Redis Cluster: a sharded subscription at the primary to which the name belongs, on its own
 * connection, so that one server alone knows the number of listeners. It ends with `subscriber`. It
 * moves with the name, and must prove itself: a server that is frozen, or no longer the primary,
 * proves nothing.
 */
export function subscribeOnRedisCluster(cluster: RedisCluster, subscriber: Redis): LivenessSubscription {
  let wanted: string | undefined
  let line: Line | undefined
  let unproven = 0
  let isHeld = false
  const onHeld: Array<() => void> = []
  let timer: NodeJS.Timeout | undefined
  subscriber.once('end', () => {
    clearInterval(timer)
    wanted = undefined
    drop()
  })

  function check(): void {
    if (wanted === undefined) return
    unproven += 1
    if (line?.place !== placeOf(wanted) || unproven > DEAF_AFTER_PROOFS) connect(wanted)
    else if (line) void subscribe(line, wanted)
  }

  function connect(name: string): void {
    drop()
    unproven = 0
    const redis = connectToPrimary(cluster, name, { role: 'subscriber', name: 'alive' })
    const place = placeOf(name)
    if (redis === undefined || place === undefined) return
    const made: Line = { redis, place }
    line = made
    redis.options.autoResubscribe = false
    redis.on('ready', () => void subscribe(made, name))
    redis.on('close', () => {
      if (line === made) isHeld = false
    })
    // The name belongs to another primary now.
    redis.on('moved', () => {
      if (line !== made) return
      drop()
      void refreshShards(cluster)
    })
  }

  function drop(): void {
    isHeld = false
    line?.redis.disconnect()
    line = undefined
  }

  async function subscribe(at: Line, name: string): Promise<void> {
    if (at.redis.status !== 'ready') return
    const isAnswered = await at.redis.ssubscribe(name).then(
      () => true,
      () => false,
    )
    if (!isAnswered || line !== at || wanted !== name) return
    unproven = 0
    isHeld = true
    for (const resolve of onHeld.splice(0)) resolve()
  }

  function placeOf(name: string): string | undefined {
    const primary = primaryOf(cluster, name)
    return primary && `${primary.host}:${primary.port}`
  }

  return {
    listen(name) {
      timer ??= setInterval(check, PROVE_EVERY_MS).unref()
      const { promise, resolve } = Promise.withResolvers<void>()
      onHeld.push(resolve)
      wanted = name
      connect(name)
      return promise
    },
    // It reports a failure on its own.
    renew() {},
    isHeld: () => isHeld,
    count: (name) => countListeners(cluster, [name], []),
  }
}
