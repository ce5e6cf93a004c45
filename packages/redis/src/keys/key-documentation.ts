import { KEYS, keyPrefix } from './create-keys.ts'
import type { Key, KeyType } from './key.ts'

const SHOW: Readonly<Record<KeyType, string>> = {
  string: "get 'K'",
  hash: "hgetall 'K'",
  list: "lrange 'K' 0 9",
  'sorted set': "zrange 'K' 0 -1 withscores",
  stream: "xrevrange 'K' + - COUNT 20",
  'pub/sub channel': "subscribe 'K'",
  'sharded pub/sub channel': "pubsub shardnumsub 'K'",
  'BullMQ keys': "--scan --pattern 'K:*'",
}

/** The table of `docs/redis-keys.md`, which `npm run docs` writes. */
export function describeKeys(): string {
  const rows = Object.values(KEYS).map((key: Key) => {
    const name = `${keyPrefix('<cluster>')}${key.name}`
    const shown = name.replace(keyPrefix('<cluster>'), keyPrefix('0'))
    const show = `redis-cli ${(key.show ?? SHOW[key.type]).replace('K', () => shown)}`
    const cells = [`\`${name}\``, key.type, key.holds, key.lifetime, key.writer, key.readers, `\`${show}\``]
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  })
  const head = ['| Name | Type | Holds | Lifetime | Written by | Read by | Show it |', '|---|---|---|---|---|---|---|']
  return [...head, ...rows].join('\n')
}
