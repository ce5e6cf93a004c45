import { key } from './key.ts'

/** Channels in play: who leads, who watches, and the relay between nodes. */
export const CHANNEL_KEYS = {
  channelLead: key('{channel:<channel>}:lead', {
    type: 'hash',
    holds:
      'who leads the channel: node, incarnation, term, account, slot, claimedAt, renewedAt (Redis milliseconds), handoverTo',
    lifetime: '4 s after its last renewal; gone when the leader resigns',
    writer: 'edge that leads',
    readers: 'edge, people',
  }),
  channelTerm: key('{channel:<channel>}:term', {
    type: 'string',
    holds: 'the last term of the channel; only grows',
    lifetime: '7 days after the last claim',
    writer: 'edge',
    readers: 'edge',
  }),
  channelPresence: key('{channel:<channel>}:presence', {
    type: 'sorted set',
    holds:
      'the nodes where the channel is watched, or a request waits for it: incarnation, score = when it stops counting (Redis milliseconds)',
    lifetime: 'a member ends 6 s after its last renewal',
    writer: 'edge',
    readers: 'edge, people',
  }),
  channelPresenceCounts: key('{channel:<channel>}:presence-counts', {
    type: 'hash',
    holds: 'incarnation → its number of viewers of the channel; at least 1 while a request waits for media',
    lifetime: 'as its member in presence',
    writer: 'edge',
    readers: 'edge, people',
  }),
  channelPresencePriorities: key('{channel:<channel>}:presence-priorities', {
    type: 'hash',
    holds: 'incarnation → the highest priority of those that watch or wait there; only those above 0',
    lifetime: 'as its member in presence',
    writer: 'edge',
    readers: 'edge, people',
  }),
  channelSegments: key('{channel:<channel>}:segments', {
    type: 'hash',
    holds:
      'the HLS segments of the channel, while someone watches it by HLS: list (JSON: number, times, length and checksum of each; when the channel was stopped), incarnation that wrote it, term',
    lifetime:
      'some segments after the last one; gone when the last player has left, but not when the channel was stopped',
    writer: 'edge that leads',
    readers: 'edge, people',
  }),
  channelFormatSegments: key('{channel:<channel>}:segments:<format>', {
    type: 'hash',
    holds:
      'the same in another format (`fmp4`, `fmp4-aac`), while someone watches it so; its list also has the headers that the segments need',
    lifetime: 'as the segments of the channel',
    writer: 'edge that leads',
    readers: 'edge, people',
  }),
  segmentsWanted: key('segments-wanted', {
    type: 'pub/sub channel',
    holds: 'the id of a channel that is watched by HLS; behind a space the format, if it is not MPEG-TS',
    lifetime: 'one message a second for each channel, format and node with players',
    writer: 'edge',
    readers: 'edge: each one that plays the channel keeps its segments',
  }),
  channelPlayers: key('{channel:<channel>}:players', {
    type: 'sorted set',
    holds: 'the HLS players of the channel: random id, score = when its lease is over (Redis milliseconds)',
    lifetime: 'a member ends three segments after its last request',
    writer: 'edge',
    readers: 'edge, people',
  }),
  channelPlayerNodes: key('{channel:<channel>}:player-nodes', {
    type: 'hash',
    holds: 'HLS player → incarnation of the edge that got its last request',
    lifetime: 'as its member in players',
    writer: 'edge',
    readers: 'edge, people',
  }),
  channelMedia: key('{channel:<channel>}:media', {
    type: 'sharded pub/sub channel',
    holds:
      'the transport stream of a channel in play, in messages of up to 64 KB, while another node follows; otherwise only ticks',
    lifetime: 'each message once; Redis keeps nothing',
    writer: 'edge that leads',
    readers: 'edges that follow',
  }),
  channelRequests: key('{channel:<channel>}:requests', {
    type: 'sharded pub/sub channel',
    holds: 'which messages a follower misses',
    lifetime: 'each message once; Redis keeps nothing',
    writer: 'edges that follow',
    readers: 'edge that leads',
  }),
  channelAnswers: key('{channel:<channel>}:answers:<incarnation>', {
    type: 'sharded pub/sub channel',
    holds: 'the messages that this follower requested',
    lifetime: 'each message once; Redis keeps nothing',
    writer: 'edge that leads',
    readers: 'the edge with this incarnation',
    show: "pubsub shardchannels 'K'",
  }),
}
