import { KEY_TABLE } from './key-table.ts'

/**
 * Every Redis key and pub/sub channel of the product, as functions of what they belong to.
 * No other file writes key text. Braces are Redis Cluster hash tags: keys that one script touches share one.
 *
 * @param prefix Put before every name; tests use one of their own, the product always `kptv:`.
 */
export function createKeys(prefix = 'kptv:') {
  const source = (sourceId: string) => `${prefix}{source:${sourceId}}`
  const account = (accountId: string) => `${prefix}{account:${accountId}}`
  const stream = (streamId: string) => `${prefix}{stream:${streamId}}`
  const channel = (channelId: string) => `${prefix}{channel:${channelId}}`
  const catalog = `${prefix}{catalog}`
  return Object.freeze({
    prefix,

    /** The id of an account is that of its first source. */
    accountSlots: (accountId: string) => `${account(accountId)}:slots`,
    accountSlotHolders: (accountId: string) => `${account(accountId)}:slot-holders`,
    accountWaiters: (accountId: string) => `${account(accountId)}:waiters`,
    accountPace: (accountId: string) => `${account(accountId)}:pace`,
    accountAttempts: (accountId: string) => `${account(accountId)}:attempts`,

    sourceState: (sourceId: string) => `${source(sourceId)}:state`,
    sourceList: (sourceId: string, version: number) => `${source(sourceId)}:list:${version}`,
    sourceImportLease: (sourceId: string) => `${source(sourceId)}:import-lease`,

    streamFailures: (streamId: string) => `${stream(streamId)}:failures`,
    streamBlocked: (streamId: string) => `${stream(streamId)}:blocked`,

    catalogCurrent: `${catalog}:current`,
    catalogLastGeneration: `${catalog}:last-generation`,
    catalogChannels: (generation: number) => `${catalog}:${generation}:channels`,
    catalogOrder: (generation: number) => `${catalog}:${generation}:order`,
    catalogInfo: (generation: number) => `${catalog}:${generation}:info`,
    catalogRuns: (generation: number, of: 'order' | 'numbers') => `${catalog}:${generation}:runs:${of}`,
    catalogRemoved: `${catalog}:removed`,
    catalogRemovedAt: `${catalog}:removed-at`,
    catalogBuild: `${catalog}:build`,

    channelLead: (channelId: string) => `${channel(channelId)}:lead`,
    channelTerm: (channelId: string) => `${channel(channelId)}:term`,
    channelPresence: (channelId: string) => `${channel(channelId)}:presence`,
    channelPresenceCounts: (channelId: string) => `${channel(channelId)}:presence-counts`,
    node: (incarnation: string) => `${prefix}node:${incarnation}`,
    nodes: `${prefix}nodes`,
    dead: (incarnation: string) => `${prefix}dead:${incarnation}`,
    memory: `${prefix}memory`,
    /** The guard of one primary of a Redis Cluster: lies on it, by its hash tag. */
    shardMemory: (shard: string) => `${prefix}memory:{${shard}}`,
    reconcileLock: `${prefix}reconcile-lock`,

    worker: (nodeId: string) => `${prefix}worker:${nodeId}`,

    /** Prefix for BullMQ, which adds `:<queue>:…` itself. */
    jobs: `${prefix}{jobs}`,

    /** Pub/sub channel: its number of subscribers tells whether the process with this incarnation exists. */
    alive: (incarnation: string) => `${prefix}alive:${incarnation}`,
    /** Sharded pub/sub: the relay of a channel, from its leader to all nodes that follow. */
    channelMedia: (channelId: string) => `${channel(channelId)}:media`,
    /** Sharded pub/sub: what followers miss, heard by the leader. */
    channelAsks: (channelId: string) => `${channel(channelId)}:asks`,
    /** Sharded pub/sub: what one follower has asked for. */
    channelAnswers: (channelId: string, incarnation: string) => `${channel(channelId)}:answers:${incarnation}`,
    /** Pub/sub channel: carries the id of an account whose connections are all in use; who holds one idle gives it up. */
    slotWanted: `${prefix}slot-wanted`,
    /** Pub/sub channel: carries the id of an account one of whose slots was given back. */
    slotFreed: `${prefix}slot-freed`,
    /** Pub/sub channel: carries the number of the generation that has become current. */
    catalogChanged: `${prefix}catalog:changed`,
  })
}

export type RedisKeys = ReturnType<typeof createKeys>

/** The rows of {@link KEY_TABLE} as the Markdown table that `docs/redis-keys.md` holds. */
export function renderKeyTable(): string {
  const cell = (text: string) => text.replaceAll('|', '\\|')
  const rows = KEY_TABLE.map(
    (key) =>
      `| \`${key.pattern}\` | ${key.type} | ${cell(key.holds)} | ${cell(key.lifetime)} | ${cell(key.writer)} | ${cell(key.readers)} | \`${cell(key.look)}\` |`,
  )
  return [
    '| Name | Type | Holds | Lifetime | Written by | Read by | Look at it |',
    '|---|---|---|---|---|---|---|',
    ...rows,
  ].join('\n')
}
