import type { Clock } from '@kptv/clock'
import { primaryOf, type RedisCluster, type RedisServer, refreshShards } from '@kptv/redis'
import type { RelayListener, RelaySubscription, RelayTopic } from './relay-transport.ts'
import { SubscriberLane } from './subscriber-lane.ts'
import { type SubscriberLanes, spread } from './subscriber-lanes.ts'

/** How often subscriptions are compared with the servers of their names. */
const LOOK_EVERY_MS = 500

type RedisClusterLanesOptions = {
  /** Knows which server serves which name. */
  readonly cluster: RedisCluster
  /**
   * Makes a connection of role `subscriber` to the primary that serves this name now; undefined
   * when there is none.
   */
  readonly connect: (name: string, lane: number) => RedisServer | undefined
  /** This many connections to each primary that serves a followed channel. */
  readonly lanesEach: number
  readonly clock: Clock
}

type Placed = {
  readonly topic: RelayTopic
  readonly listener: RelayListener
  /** Undefined while no server serves its name. */
  at?: { readonly place: string; readonly subscription: RelaySubscription }
}

/**
 * The subscriptions in a Redis Cluster. A name lies on one primary, and only subscribers there are
 * counted and receive messages. When a primary fails over or slots move, its subscriptions are
 * recreated at the new one; the follower sees an ordinary cut.
 */
export function createRedisClusterLanes({
  cluster,
  connect,
  lanesEach,
  clock,
}: RedisClusterLanesOptions): SubscriberLanes {
  const lanes = new Map<string, SubscriberLane>()
  const all = new Set<Placed>()
  let isLooking = false
  let isClosed = false
  let cancelLook = clock.after(LOOK_EVERY_MS, tick)

  function tick(): void {
    if (isClosed) return
    cancelLook = clock.after(LOOK_EVERY_MS, tick)
    placeAll()
  }

  function placeAll(): void {
    for (const placed of all) place(placed)
    for (const [where, lane] of lanes) {
      if (!lane.isIdle) continue
      lanes.delete(where)
      void lane.close()
    }
  }

  function place(placed: Placed): void {
    const { topic, listener, at } = placed
    const where = placeOf(topic)
    if (where === at?.place) return
    void at?.subscription.close()
    delete placed.at
    const lane = where && laneAt(where, topic)
    if (where && lane) placed.at = { place: where, subscription: lane.subscribe(topic.name, listener) }
  }

  function placeOf({ name, channelId }: RelayTopic): string | undefined {
    const primary = primaryOf(cluster, name)
    return primary && `${primary.host}:${primary.port}/${spread(channelId, lanesEach)}`
  }

  function laneAt(where: string, { name, channelId }: RelayTopic): SubscriberLane | undefined {
    const present = lanes.get(where)
    if (present) return present
    const redis = connect(name, spread(channelId, lanesEach))
    if (redis === undefined) return undefined
    // ioredis calls it when a subscription was refused (MOVED), or ended because its slot has left
    // the node.
    redis.on('moved', lookAnew)
    const lane = new SubscriberLane(redis, clock)
    lanes.set(where, lane)
    return lane
  }

  /** Asks the cluster which server serves what, one question at a time. */
  function lookAnew(): void {
    if (isLooking) return
    isLooking = true
    void refreshShards(cluster).then(() => {
      isLooking = false
      if (!isClosed) placeAll()
    })
  }

  return {
    subscribe(topic, listener) {
      const placed: Placed = { topic, listener }
      all.add(placed)
      place(placed)
      return {
        renew() {
          lookAnew()
          placed.at?.subscription.renew()
        },
        async close() {
          all.delete(placed)
          await placed.at?.subscription.close()
        },
      }
    },
    async close() {
      isClosed = true
      cancelLook()
      all.clear()
      await Promise.all([...lanes.values()].map((lane) => lane.close()))
    },
  }
}
