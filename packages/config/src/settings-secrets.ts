import { findSecrets } from '@kptv/addresses'
import type { Settings } from './load-settings.ts'

/**
 * All that no log, page, metric or key may show: the credentials of the sources, and those of
 * Redis.
 */
export function secretsOf({
  sources,
  fileGuides,
  redisUrl,
  relayRedisUrl,
}: Pick<Settings, 'sources' | 'fileGuides' | 'redisUrl' | 'relayRedisUrl'>): string[] {
  // The user that Redis has by itself is no secret, and a common word.
  const ofRedis = [redisUrl, relayRedisUrl]
    .map(withOneHost)
    .flatMap(findSecrets)
    .filter((secret) => secret !== 'default')
  return [...new Set([...[...sources, ...fileGuides.guides].flatMap(({ secrets }) => secrets), ...ofRedis])]
}

/** As an address that `URL` can read: several hosts are none of its forms. Login and query stay. */
function withOneHost(redisUrl: string): string {
  return redisUrl
    .replace(/^([^/]+:\/\/(?:[^@/]*@)?[^,/]+)(,[^/]*)/, '$1')
    .replace(/sentinel_(?=username=|password=)/g, '')
}
