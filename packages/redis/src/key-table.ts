/** One row of `docs/redis-keys.md`: a family of keys (or pub/sub channels) that share a pattern. */
export type KeyDescription = Readonly<{
  pattern: string
  type: 'string' | 'hash' | 'list' | 'sorted set' | 'pub/sub channel' | 'BullMQ keys'
  holds: string
  lifetime: string
  writer: string
  readers: string
  /** One redis-cli line that shows it. */
  look: string
}>

/** Data, so that a test can hold the builders in keys.ts and the document to each other. */
export const keyTable: readonly KeyDescription[] = [
  {
    pattern: 'kptv:{source:<source>}:slots',
    type: 'sorted set',
    holds: 'one member per provider connection in use: slot id, score = end of its lease in Redis milliseconds',
    lifetime: 'a member ends 19 s after its last renewal; the key goes with the last one',
    writer: 'edge',
    readers: 'edge',
    look: "redis-cli zrange 'kptv:{source:<source>}:slots' 0 -1 withscores",
  },
  {
    pattern: 'kptv:{source:<source>}:slot-holders',
    type: 'hash',
    holds: 'slot id → JSON: channel, node, incarnation, since (Redis milliseconds)',
    lifetime: 'as its slot',
    writer: 'edge',
    readers: 'edge, people',
    look: "redis-cli hgetall 'kptv:{source:<source>}:slot-holders'",
  },
  {
    pattern: 'kptv:{source:<source>}:state',
    type: 'hash',
    holds:
      'how the last import went: state (ok, importing, failed), reason, progress, entries, skipped, fetchedAt, goodVersion, etag, lastModified, epgUrls',
    lifetime: 'until the source leaves SOURCES',
    writer: 'worker',
    readers: 'worker, edge, people',
    look: "redis-cli hgetall 'kptv:{source:<source>}:state'",
  },
  {
    pattern: 'kptv:{source:<source>}:list:<version>',
    type: 'list',
    holds: 'the entries of one fetched list, sealed, in packs of up to 200 as JSON',
    lifetime: 'good list: until a newer one, then 10 min; unfinished: 15 min after its last pack',
    writer: 'worker',
    readers: 'worker',
    look: "redis-cli lrange 'kptv:{source:<source>}:list:<version>' 0 0",
  },
  {
    pattern: 'kptv:{stream:<stream>}:failures',
    type: 'hash',
    holds: 'failures in a row, and rests so far, of one stream',
    lifetime: '2 h after the last failure; gone at the next success',
    writer: 'edge',
    readers: 'edge',
    look: "redis-cli hgetall 'kptv:{stream:<stream>}:failures'",
  },
  {
    pattern: 'kptv:{stream:<stream>}:blocked',
    type: 'string',
    holds: 'the stream is not tried while this key exists; value = number of failures that led to it',
    lifetime: 'its TTL is the rest: 1 min, doubled each time, at most 1 h',
    writer: 'edge',
    readers: 'edge',
    look: "redis-cli pttl 'kptv:{stream:<stream>}:blocked'",
  },
  {
    pattern: 'kptv:{catalog}:current',
    type: 'string',
    holds: 'number of the generation that is served',
    lifetime: 'for ever',
    writer: 'worker',
    readers: 'edge, worker',
    look: "redis-cli get 'kptv:{catalog}:current'",
  },
  {
    pattern: 'kptv:{catalog}:last-generation',
    type: 'string',
    holds: 'highest generation number that was ever claimed; only grows',
    lifetime: 'for ever',
    writer: 'worker',
    readers: 'worker',
    look: "redis-cli get 'kptv:{catalog}:last-generation'",
  },
  {
    pattern: 'kptv:{catalog}:<generation>:channels',
    type: 'hash',
    holds: 'channel id → JSON: name, attributes, sealed streams in order of preference',
    lifetime: 'current: for ever; replaced: 10 min; unfinished: 15 min',
    writer: 'worker',
    readers: 'edge',
    look: "redis-cli hget 'kptv:{catalog}:<generation>:channels' <channel>",
  },
  {
    pattern: 'kptv:{catalog}:<generation>:order',
    type: 'list',
    holds: 'channel ids in the order of the playlist',
    lifetime: 'as the channels',
    writer: 'worker',
    readers: 'edge',
    look: "redis-cli lrange 'kptv:{catalog}:<generation>:order' 0 9",
  },
  {
    pattern: 'kptv:{catalog}:<generation>:info',
    type: 'hash',
    holds: 'builtAt, number of channels and streams, EPG addresses (sealed), inputs: the list version of each source',
    lifetime: 'as the channels',
    writer: 'worker',
    readers: 'edge, worker, people',
    look: "redis-cli hgetall 'kptv:{catalog}:<generation>:info'",
  },
  {
    pattern: 'kptv:worker:<node>',
    type: 'hash',
    holds: 'node, pid, startedAt, beatAt, lastJobAt of one running worker',
    lifetime: '30 s after its last beat',
    writer: 'worker',
    readers: 'health check, people',
    look: "redis-cli hgetall 'kptv:worker:<node>'",
  },
  {
    pattern: 'kptv:{jobs}:<queue>:<rest>',
    type: 'BullMQ keys',
    holds: 'the queues imports and builds; the data of a job is a source id and nothing else',
    lifetime: 'finished jobs: the last 50, at most a day',
    writer: 'worker, edge (refresh on demand)',
    readers: 'worker',
    look: "redis-cli --scan --pattern 'kptv:{jobs}:*'",
  },
  {
    pattern: 'kptv:alive:<incarnation>',
    type: 'pub/sub channel',
    holds: 'no messages: each edge subscribes to its own, and 0 subscribers means that the process is gone',
    lifetime: 'as the process',
    writer: 'nobody',
    readers: 'edge (counts subscribers)',
    look: 'redis-cli pubsub numsub kptv:alive:<incarnation>',
  },
  {
    pattern: 'kptv:catalog:changed',
    type: 'pub/sub channel',
    holds: 'the number of each generation when it becomes current',
    lifetime: 'one message per build',
    writer: 'worker',
    readers: 'edge',
    look: 'redis-cli subscribe kptv:catalog:changed',
  },
]
