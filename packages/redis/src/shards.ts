import type { RedisHost } from '@kptv/addresses'
import type { Cluster } from 'ioredis'
import { keySlot } from './key-slot.ts'
import { isCluster, type Redis } from './redis.ts'

/**
 * Names the part of Redis that has its own memory: the primary that serves a key. The name is a
 * hash tag that lies on that primary, so that a key with it does too. `''`: there is only one
 * memory.
 */
export type Shard = string

const WHOLE: Shard = ''

/**
 * The shard that serves a key or sharded channel, as far as this process knows: scripts must not
 * rely on it, but compare the `run_id`.
 */
export function shardOf(redis: Redis, key: string): Shard {
  if (!isCluster(redis)) return WHOLE
  const primary = redis.slots[keySlot(key)]?.[0]
  return primary === undefined ? WHOLE : tagOn(redis, primary)
}

/** All shards; one, except in a Redis Cluster. */
export function allShards(redis: Redis): Shard[] {
  if (!isCluster(redis)) return [WHOLE]
  return [...new Set(redis.slots.map((nodes) => nodes?.[0]))]
    .filter((primary) => primary !== undefined)
    .map((primary) => tagOn(redis, primary))
}

/** The primary that serves a key; undefined while none does. */
export function primaryOf(redis: Cluster, key: string): RedisHost | undefined {
  const primary = redis.slots[keySlot(key)]?.[0]
  if (primary === undefined) return undefined
  const colon = primary.lastIndexOf(':')
  return { host: primary.slice(0, colon), port: Number(primary.slice(colon + 1)) }
}

/** The address by which this machine reaches Redis; for a URL. */
export function localAddressOf(redis: Redis): string {
  const { stream } = (isCluster(redis) ? redis.nodes('master').find((node) => node.stream) : redis) ?? {}
  const { localAddress = '127.0.0.1', localFamily } = (stream ?? {}) as {
    readonly localAddress?: string
    readonly localFamily?: string
  }
  return localFamily === 'IPv6' ? `[${localAddress}]` : localAddress
}

const tagSlots: number[] = []

/**
 * The lowest number that is a hash tag of this primary: the same for all nodes that see the same
 * distribution of slots.
 */
function tagOn({ slots }: Cluster, primary: string): Shard {
  for (let tag = 0; ; tag += 1) {
    const slot = tagSlots[tag] ?? keySlot(String(tag))
    tagSlots[tag] = slot
    if (slots[slot]?.[0] === primary) return String(tag)
  }
}
