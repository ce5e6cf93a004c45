import { z } from 'zod'

type ErrorAnswer = {
  readonly status: number
  /** One sentence, for people. */
  readonly message: string
  /** Seconds; sent as `Retry-After` where a retry makes sense. */
  readonly retryAfter?: number
  /** For the documentation: when it happens, and what an operator can do. */
  readonly when: string
}

/** Every error response of a port. The codes are part of the contract: a client may match them. */
export const ERROR_ANSWERS = {
  'bad-request': {
    status: 400,
    message: 'The request is not well-formed.',
    when: 'the address has a broken `%` escape; the request names no usable host, or two; a parameter of the playlist is repeated or longer than 200 characters; a request for programmes names no channels, too many of them, or times that are not valid; or a `duration` is not a number of seconds up to 99999',
  },
  'login-required': {
    status: 401,
    message: 'A login or a link with a token is required.',
    when: 'with `USERS_FILE`: the request brings no login, and no user of the file may watch from its address without one; or the request is for `/admin` of the public port, and brings no valid login of operators',
  },
  'wrong-login': {
    status: 401,
    message: 'The login is wrong.',
    when: 'with `USERS_FILE`: no user has this name and password, or this token; the token may have been revoked or have expired; or, at `/admin`, it is neither `ADMIN_PASSWORD` nor the password of a user whose `role` is `admin`',
  },
  'access-ended': {
    status: 403,
    message: 'The access of this user has expired.',
    when: 'with `USERS_FILE`: the `end` of the user has passed',
  },
  'network-not-allowed': {
    status: 403,
    message: 'This user may not watch from this network.',
    when: 'with `USERS_FILE`: the address of the request is in none of the `networks` of the user; behind a reverse proxy, `TRUSTED_PROXIES` must name it',
  },
  'cross-origin': {
    status: 403,
    message: 'Cross-origin request refused.',
    when: 'a browser sent the request to the admin port, or to `/admin`, for a page of another origin (`Sec-Fetch-Site`, `Origin`); programs such as `curl` send neither',
  },
  'host-not-allowed': {
    status: 403,
    message: 'The admin port does not answer to this host name; ADMIN_HOSTS lists the names it answers to.',
    when: 'the admin port was reached by a name other than an IP address, `localhost` or one of `ADMIN_HOSTS`',
  },
  'not-found': { status: 404, message: 'There is nothing at this address.', when: 'the port has no such path' },
  'unknown-channel': {
    status: 404,
    message: 'No source has this channel.',
    when: 'no source has a channel with this id or name, or the user may not see it',
  },
  'unknown-segment': {
    status: 404,
    message: 'This segment is gone, or does not exist yet.',
    when: 'an HLS player requests a segment that is more than about a minute old, or was never listed',
  },
  'no-hls': {
    status: 404,
    message: 'This node does not serve HLS.',
    when: 'the `.m3u8` of a channel was requested with `ENABLE_RESTREAMING=false`: each viewer then has its own connection, which HLS players cannot hold',
  },
  'no-such-audio': {
    status: 404,
    message: 'This channel has no audio of this form.',
    when: 'the `.aac` or `.mp3` of a channel was requested, and none of its audio tracks is AAC or MPEG audio',
  },
  'no-archive': {
    status: 404,
    message: 'No source keeps this part of the past of the channel.',
    when: 'a player requests the past of a channel, and no source of it keeps that moment, or any',
  },
  'unknown-source': {
    status: 404,
    message: 'No source has this id or name.',
    when: 'no source has this id or name',
  },
  'not-in-play': {
    status: 404,
    message: 'No node plays this channel, or leads it.',
    when: '`POST /admin/orders`: the channel is not in play, or has no leader at the moment',
  },
  'unknown-viewer': {
    status: 404,
    message: 'No node has this viewer.',
    when: '`POST /admin/orders`: the viewer has left, or watches by HLS',
  },
  'unknown-node': {
    status: 404,
    message: 'No node of the cluster has this id.',
    when: '`POST /admin/orders`: the node is gone, or has started again since',
  },
  'method-not-allowed': {
    status: 405,
    message: 'This method is not supported here.',
    when: 'the method is not one of those in `Allow`',
  },
  'nothing-put-aside': {
    status: 409,
    message: 'No list of this source is waiting to be accepted.',
    when: '`POST /sources/…/accept` on the admin port: no list of the source was put aside, or that was more than a day ago',
  },
  'not-now': {
    status: 409,
    message: 'The channel is in a state in which this cannot be done.',
    when: '`POST /admin/orders`: the channel is waiting for a slot, say, so there is no stream to leave',
  },
  'no-other-node': {
    status: 409,
    message: 'No other node has viewers of this channel.',
    when: '`POST /admin/orders`: the leader cannot move, since only nodes with viewers of the channel can lead it',
  },
  'channel-ended': {
    status: 410,
    message: 'This channel was stopped. Its address restarts it.',
    when: 'a player keeps requesting the HLS of a channel that an order has stopped, or whose connection a user of higher `priority` has taken, although the playlist has said so by `EXT-X-ENDLIST`',
  },
  'user-limit': {
    status: 429,
    message: 'This user already watches as many streams as allowed.',
    retryAfter: 2,
    when: 'with `USERS_FILE`: the user has reached its `streams` on all nodes together, and this request comes from another device; or another stream has replaced this one',
  },
  'too-many-logins': {
    status: 429,
    message: 'Too many wrong passwords; try again in a minute.',
    retryAfter: 60,
    when: 'with `USERS_FILE`: five wrong passwords for one name from one address within a minute, or 30 from one address; tokens, and passwords that were correct in the last 5 minutes, still work',
  },
  'too-many-requests': {
    status: 429,
    message: 'Too many requests from this address.',
    retryAfter: 10,
    when: 'one address sends more than 6,000 requests a minute, or more than 600 pages, 600 requests for programmes, 300 parts of the playlist or 120 searches among them',
  },
  'internal-error': {
    status: 500,
    message: 'The request failed; the log of this node has the reason.',
    when: 'an error in KPTV; the log of the node has the details',
  },
  'no-ffmpeg': {
    status: 501,
    message: 'This node cannot serve fragmented MP4: it has no ffmpeg.',
    when: '`format=fmp4` was requested for the `.m3u8` of a channel, and no ffmpeg is installed where the edge runs, or `FFMPEG` is `off`',
  },
  'no-playable-stream': {
    status: 502,
    message: 'No source has a playable stream of this channel.',
    when: 'every stream is gone, or is of a kind that KPTV cannot play',
  },
  'catalog-missing': {
    status: 503,
    message: 'The first import has not finished yet.',
    retryAfter: 5,
    when: 'the first import is still running, or Redis came back empty',
  },
  outranked: {
    status: 503,
    message: 'A user of higher priority has taken the connection.',
    retryAfter: 10,
    when: 'with `USERS_FILE`: all connections of the sources are in use, and one with a higher `priority` was taken for another channel at the moment when the request came',
  },
  'coordination-unavailable': {
    status: 503,
    message: 'Redis does not answer, so nothing new can start.',
    retryAfter: 5,
    when: 'Redis does not answer; without it no connection to a provider is opened',
  },
  draining: {
    status: 503,
    message: 'This node is about to stop.',
    retryAfter: 1,
    when: 'the node is about to stop; a balancer sends the next request elsewhere',
  },
  'node-full': {
    status: 503,
    message: 'This node plays as many channels as its memory allows.',
    retryAfter: 10,
    when: 'the memory for rings (`MAX_BUFFER_SIZE`) is used up: raise it, or start another edge',
  },
  'page-missing': {
    status: 503,
    message: 'The page of this node has not been built; `node apps/page/build.ts` builds it.',
    when: 'an edge was started from source without `npm start`, which builds the page; images include it. Playlists and channels work without it',
  },
  'playlist-busy': {
    status: 503,
    message: 'Too many different playlists are being rendered.',
    retryAfter: 10,
    when: 'more than 16 different parts of the playlist (by group, source or search) wait to be rendered; the whole playlist has its own queue',
  },
  'guide-busy': {
    status: 503,
    message: 'Too many requests for programmes are waiting.',
    retryAfter: 5,
    when: 'more than 32 requests for programmes as JSON (`/api/guide`) wait for their turn',
  },
  'search-busy': {
    status: 503,
    message: 'Too many searches are running.',
    retryAfter: 5,
    when: 'more than 16 searches on the page wait for their turn',
  },
  'sources-full': {
    status: 503,
    message: 'All connections that the sources of this channel allow are in use.',
    retryAfter: 10,
    when: "all connections that the channel's sources allow are in use, and none became free within 12 s",
  },
  'sources-resting': {
    status: 503,
    message: 'The providers of this channel refuse connections; they are not contacted for a while.',
    retryAfter: 30,
    when: 'the providers refuse connections, or requested a pause that is longer than a request may wait',
  },
  'streams-blocked': {
    status: 503,
    message: 'All streams of this channel failed too often and are resting.',
    retryAfter: 30,
    when: 'all streams failed `MAX_FAILURES_BEFORE_BLOCK` times and are resting, on all nodes',
  },
  'streams-quarantined': {
    status: 503,
    message: 'The streams of this channel have crashed edge processes and are not opened for a while.',
    retryAfter: 30,
    when: 'each remaining stream has crashed two edge processes; no node opens it for 30 minutes',
  },
  'conversion-failing': {
    status: 503,
    message: 'The node that leads this channel cannot convert it to fragmented MP4 at the moment.',
    retryAfter: 10,
    when: '`format=fmp4` was requested, and ffmpeg has made no segment within 25 s: the log of the edge that leads the channel says `conversion failed`, or that edge has no ffmpeg. MPEG-TS is not affected',
  },
  'streams-failing': {
    status: 503,
    message: 'All streams of this channel are failing.',
    retryAfter: 10,
    when: 'all streams were tried and failed, or none delivered media within 20 s',
  },
  'nodes-silent': {
    status: 504,
    message: 'Not every node has answered in time, so it is unknown whether this was done.',
    when: '`POST /admin/orders`: no node has confirmed the order within 3 s, and at least one did not answer',
  },
  loop: {
    status: 508,
    message: 'This proxy requested its own channel: a playlist entry points back at it.',
    when: 'the request comes from a node of this cluster: a playlist entry points at the proxy itself',
  },
} as const satisfies Record<string, ErrorAnswer>

export type ErrorCode = keyof typeof ERROR_ANSWERS

/** An error response. */
export function errorAnswer(code: ErrorCode): Omit<ErrorAnswer, 'when'> {
  return ERROR_ANSWERS[code]
}

export const ERROR_CODES = Object.keys(ERROR_ANSWERS) as readonly ErrorCode[]

/** Body of every error. */
export const errorBody = z
  .strictObject({
    error: z.enum(ERROR_CODES as [ErrorCode, ...ErrorCode[]]).describe('Stable code; docs/errors.md explains each.'),
    message: z.string().describe('One sentence for people; may change.'),
  })
  .readonly()

export type ErrorBody = z.infer<typeof errorBody>
