import { findSecrets } from '@kptv/addresses'
import type { Settings } from './load-settings.ts'
import { secretsOf as secretsOfSource } from './source-logins.ts'
import { secretsOfWebhooks } from './webhooks/parse-webhooks.ts'

/**
 * Everything that no log, page, metric or key may show: the credentials of the sources and of
 * Redis, the password of operators, and the addresses of webhooks.
 */
export function secretsOf({
  sources,
  fileGuides,
  redisUrl,
  relayRedisUrl,
  adminPassword,
  webhooks,
}: Pick<Settings, 'sources' | 'fileGuides' | 'redisUrl' | 'relayRedisUrl' | 'adminPassword' | 'webhooks'>): string[] {
  // The default user of Redis is a common word, not a secret.
  const ofRedis = [redisUrl, relayRedisUrl]
    .map(withOneHost)
    .flatMap(findSecrets)
    .filter((secret) => secret !== 'default')
  const ofAdmin = adminPassword === undefined ? [] : [adminPassword]
  const ofGuides = fileGuides.guides.flatMap(({ secrets }) => secrets)
  const ofWebhooks = secretsOfWebhooks(webhooks)
  return [...new Set([...ofAdmin, ...sources.flatMap(secretsOfSource), ...ofGuides, ...ofRedis, ...ofWebhooks])]
}

/** As an address that `URL` can parse, which it cannot with several hosts. Login and query stay. */
function withOneHost(redisUrl: string): string {
  return redisUrl
    .replace(/^([^/]+:\/\/(?:[^@/]*@)?[^,/]+)(,[^/]*)/, '$1')
    .replace(/sentinel_(?=username=|password=)/g, '')
}
