import { key } from './key.ts'

/** Imported lists and the catalogue made of them. */
export const CATALOG_KEYS = {
  sourceState: key('{source:<source>}:state', {
    type: 'hash',
    holds:
      'how the last import went: state (ok, importing, failed), reason, progress, entries, skipped (number by reason), skippedFirst (the first few with their lines), fetchedAt, goodVersion, lastVersion, contentHash (an equal list is not published again), etag, lastModified, epgUrls, filtered, groups (the largest, with their entries), torn, alarm (JSON: code, message, since), quarantine (JSON: a list that waits for a person), accounts (JSON: what an Xtream panel says about each login), shape (settings used for the list; if they change, it is imported again)',
    lifetime: 'until the source leaves the settings',
    writer: 'worker, edge (accepts a list)',
    readers: 'worker, edge, people',
  }),
  sourceList: key('{source:<source>}:list:<version>', {
    type: 'hash',
    holds:
      'the entries of one fetched list, sealed: `3f:0` is the first pack (up to 200 entries as compressed JSON) of the channels whose ids begin with 3f; packs: number of packs by these two digits; logins: other accounts in addresses of the list, compressed',
    lifetime: 'good list: until a newer one, then 10 min; unfinished: 15 min after its last pack; put aside: 1 day',
    writer: 'worker',
    readers: 'worker',
    show: "--raw hget 'K' 3f:0 | gunzip 2>/dev/null",
  }),
  sourceImportLease: key('{source:<source>}:import-lease', {
    type: 'string',
    holds: 'the worker that is importing the source; one at a time',
    lifetime: '10 s after its last renewal; gone when the import ends',
    writer: 'worker',
    readers: 'worker, people',
  }),
  catalogCurrent: key('{catalog}:current', {
    type: 'string',
    holds: 'number of the current generation',
    lifetime: 'for ever',
    writer: 'worker',
    readers: 'edge, worker',
  }),
  catalogLastGeneration: key('{catalog}:last-generation', {
    type: 'string',
    holds: 'highest generation number that was ever claimed; only grows',
    lifetime: 'for ever',
    writer: 'worker',
    readers: 'worker',
  }),
  catalogChannels: key('{catalog}:<generation>:channels', {
    type: 'hash',
    holds:
      'channel id → JSON: name, attributes, sealed streams in order of preference, each as stream, source, address and headers',
    lifetime: 'current: for ever; replaced: 10 min; unfinished: 15 min',
    writer: 'worker',
    readers: 'edge',
    show: "hget 'K' <channel>",
  }),
  catalogOrder: key('{catalog}:<generation>:order', {
    type: 'list',
    holds: 'channel ids in the order of the playlist',
    lifetime: 'as the channels',
    writer: 'worker',
    readers: 'edge',
  }),
  catalogInfo: key('{catalog}:<generation>:info', {
    type: 'hash',
    holds:
      'builtAt, number of channels and streams, EPG addresses (sealed), inputs: the list version of each source, unmatched: channels of the sources file that no list has',
    lifetime: 'as the channels',
    writer: 'worker',
    readers: 'edge, worker, people',
  }),
  catalogRuns: key('{catalog}:<generation>:runs:<of>', {
    type: 'hash',
    holds:
      'data being sorted while a generation is built: places of channels (order) or their numbers (numbers), in sorted runs, page by page as JSON',
    lifetime: 'until it is merged; unfinished: 15 min',
    writer: 'worker',
    readers: 'worker',
    show: "hget 'K' 0:0",
  }),
  catalogBuild: key('{catalog}:build', {
    type: 'hash',
    holds:
      'how far the build of the next generation is: generation, phase (grouping, ordering), donePercent, startedAt',
    lifetime: '60 s after its last change; gone when the build ends',
    writer: 'worker',
    readers: 'edge, people',
  }),
  catalogRemoved: key('{catalog}:removed', {
    type: 'hash',
    holds:
      'channels that have left the catalogue and can still be played by id: channel id → JSON as in the generation',
    lifetime: 'REMOVED_CHANNEL_GRACE for each; 50,000 at most',
    writer: 'worker',
    readers: 'edge',
    show: "hget 'K' <channel>",
  }),
  catalogRemovedAt: key('{catalog}:removed-at', {
    type: 'sorted set',
    holds: 'channel id of each removed channel, score = when it left (milliseconds)',
    lifetime: 'as the removed channels',
    writer: 'worker',
    readers: 'worker, people',
    show: "zrange 'K' 0 9 withscores",
  }),
  jobs: key('{jobs}', {
    type: 'BullMQ keys',
    holds:
      'prefix of the keys of BullMQ (`…:<queue>:<rest>`) with its queues; a job holds nothing but the id of its source or guide',
    lifetime: 'finished jobs: the last 50, at most a day',
    writer: 'worker, edge (refresh on demand)',
    readers: 'worker',
  }),
  catalogChanged: key('catalog:changed', {
    type: 'pub/sub channel',
    holds: 'the number of each generation when it becomes current',
    lifetime: 'one message per build',
    writer: 'worker',
    readers: 'edge',
  }),
}
