import { key } from './key.ts'

/** Programme guides as they were read, and the one guide that is merged from them. */
export const GUIDE_KEYS = {
  guideState: key('{guide:<guide>}:state', {
    type: 'hash',
    holds:
      'how the last read went: state (reading, ok, failed), goodVersion, lastVersion, fetchedAt, etag, lastModified, wanted (digest of the channels it was matched with), facts (JSON: programmes, channels matched by how, elements left out by reason), alarm (JSON: code, message, since)',
    lifetime: 'until no list or setting names the guide',
    writer: 'worker',
    readers: 'worker, edge, people',
  }),
  guideNames: key('{guide}:names', {
    type: 'hash',
    holds: 'id of each guide that is read → its name, without a login',
    lifetime: 'for ever',
    writer: 'worker',
    readers: 'edge, people',
  }),
  guideProgrammes: key('{guide:<guide>}:programmes:<version>', {
    type: 'hash',
    holds:
      'programmes of one guide for channels of the catalogue: `3f:0` is the first pack (compressed JSON) of the channels whose ids begin with 3f; packs: number of packs by these two digits',
    lifetime: 'good version: until a newer one, then 10 min; unfinished: 15 min after its last pack',
    writer: 'worker',
    readers: 'worker',
    show: "--raw hget 'K' 3f:0 | gunzip 2>/dev/null",
  }),
  guideCurrent: key('{guide}:current', {
    type: 'string',
    holds: 'number of the current merged guide',
    lifetime: 'for ever',
    writer: 'worker',
    readers: 'edge, worker',
  }),
  guideLastGeneration: key('{guide}:last-generation', {
    type: 'string',
    holds: 'highest number of a merged guide that was ever claimed; only grows',
    lifetime: 'for ever',
    writer: 'worker',
    readers: 'worker',
  }),
  guideMerged: key('{guide}:<generation>:programmes', {
    type: 'hash',
    holds: 'channel id → its programmes of all guides, merged and sorted (compressed JSON)',
    lifetime: 'current: for ever; replaced: 10 min; unfinished: 15 min',
    writer: 'worker',
    readers: 'edge',
    show: "--raw hget 'K' <channel> | gunzip 2>/dev/null",
  }),
  guideInfo: key('{guide}:<generation>:info', {
    type: 'hash',
    holds: 'builtAt, channels, programmes, inputs (JSON: version of each guide that went in, and the window of time)',
    lifetime: 'as the programmes',
    writer: 'worker',
    readers: 'edge, worker, people',
  }),
  guideChanged: key('guide:changed', {
    type: 'pub/sub channel',
    holds: 'the number of each merged guide when it becomes current',
    lifetime: 'one message per build',
    writer: 'worker',
    readers: 'edge',
  }),
}
