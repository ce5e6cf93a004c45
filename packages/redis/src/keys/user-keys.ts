import { key } from './key.ts'

/** Users of `USERS_FILE`: their logins, and what they watch. */
export const USER_KEYS = {
  failedLogins: key('failed-logins:<by>:<who>', {
    type: 'string',
    holds:
      'wrong logins of the last minute: by name (`<name>@<address>`, with `(unknown)` for unknown names) and by address; 5 and 30 are too many',
    lifetime: '1 min after the first of them',
    writer: 'edge',
    readers: 'edge',
  }),
  userStreams: key('{user:<user>}:streams', {
    type: 'sorted set',
    holds:
      'one member per stream that a user watches: stream id, or `<channel>/<player>` of a player of HLS; `kept:<device>` is a place kept for a zap; score = end of its lease in Redis milliseconds',
    lifetime:
      'a member ends 4 s after its last renewal, a player of HLS three targets after its last request; the key goes with the last one',
    writer: 'edge',
    readers: 'edge',
  }),
  userStreamHolders: key('{user:<user>}:stream-holders', {
    type: 'hash',
    holds:
      'stream id → JSON: channel, node, incarnation, device (hash of token, address and program), state (opening, active, revoked: another stream takes its place, which is kept for the device kept_for, ended: another stream took it, and the player is refused until refused_until), since (Redis milliseconds); no incarnation for players of HLS',
    lifetime: 'as its stream',
    writer: 'edge',
    readers: 'edge, people',
  }),
  userStreamRevoked: key('user-stream-revoked', {
    type: 'pub/sub channel',
    holds: 'the id of a stream that ends in favour of another one of its user',
    lifetime: 'one message per stream',
    writer: 'edge',
    readers: 'edge: the node that serves it ends it at once',
  }),
}
