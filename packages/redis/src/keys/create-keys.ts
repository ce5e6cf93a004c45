import { parseRedisAddress } from '@kptv/addresses'
import { ACCOUNT_KEYS } from './account-keys.ts'
import { CATALOG_KEYS } from './catalog-keys.ts'
import { CHANNEL_KEYS } from './channel-keys.ts'
import { EVENT_KEYS } from './event-keys.ts'
import { GUIDE_KEYS } from './guide-keys.ts'
import { buildKey, type KeyBuilder } from './key.ts'
import { LOGO_KEYS } from './logo-keys.ts'
import { NODE_KEYS } from './node-keys.ts'
import { TUNER_KEYS } from './tuner-keys.ts'
import { USER_KEYS } from './user-keys.ts'
import { XTREAM_KEYS } from './xtream-keys.ts'

/**
 * Every Redis key and pub/sub channel of the product; no other file writes key text. Braces are
 * Redis Cluster hash tags: keys that one script touches share one.
 */
export const KEYS = {
  ...ACCOUNT_KEYS,
  ...CATALOG_KEYS,
  ...CHANNEL_KEYS,
  ...EVENT_KEYS,
  ...GUIDE_KEYS,
  ...LOGO_KEYS,
  ...NODE_KEYS,
  ...TUNER_KEYS,
  ...USER_KEYS,
  ...XTREAM_KEYS,
}

export type RedisKeys = { readonly prefix: string } & {
  readonly [Key in keyof typeof KEYS]: KeyBuilder<(typeof KEYS)[Key]['name']>
}

/** @param prefix goes before every name: production uses {@link keyPrefix}, each test its own */
export function createKeys(prefix: string = keyPrefix('0')): RedisKeys {
  const built = Object.entries(KEYS).map(([of, { name }]) => [of, buildKey(prefix, name)])
  return Object.freeze({ prefix, ...Object.fromEntries(built) }) as RedisKeys
}

/**
 * The prefix of one cluster. Pub/sub ignores database numbers, so only names keep clusters on one
 * Redis apart.
 */
export function keyPrefix(cluster: string): string {
  return `kptv:${cluster}:`
}

/**
 * The name of a cluster: `CLUSTER`, or otherwise the number of the database, so that two databases
 * are two clusters.
 */
export function clusterKeys(settings: { readonly cluster?: string | undefined; readonly redisUrl: string }): RedisKeys {
  return createKeys(keyPrefix(settings.cluster ?? String(parseRedisAddress(settings.redisUrl).database)))
}
