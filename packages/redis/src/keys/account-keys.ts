import { key } from './key.ts'

/** Accounts and streams: who may connect to a provider, and when. */
export const ACCOUNT_KEYS = {
  accountSlots: key('{account:<account>}:slots', {
    type: 'sorted set',
    holds: 'one member per provider connection in use: slot id, score = end of its lease in Redis milliseconds',
    lifetime: 'a member ends 19 s after its last renewal; the key goes with the last one',
    writer: 'edge',
    readers: 'edge',
  }),
  accountSlotHolders: key('{account:<account>}:slot-holders', {
    type: 'hash',
    holds:
      'slot id → JSON: channel, node, incarnation, term, state (opening, active, closing, cooling, revoked), since (Redis milliseconds), priority of its viewers, outranked_by: the session that gets a revoked one',
    lifetime: 'as its slot',
    writer: 'edge',
    readers: 'edge, people',
  }),
  accountWaiters: key('{account:<account>}:waiters', {
    type: 'sorted set',
    holds:
      'the sessions that wait for a slot, in order: rank (100 less the priority, then 0 with viewers or 1 without), since when (Redis milliseconds), channel (with `ENABLE_RESTREAMING=false` node, channel and session); score = when the place lapses',
    lifetime: 'a member lapses 3 s after its last renewal; gone with the slot',
    writer: 'edge',
    readers: 'edge, people',
  }),
  accountPace: key('{account:<account>}:pace', {
    type: 'hash',
    holds:
      'how often its provider may be contacted (times in Redis milliseconds): restUntil, servedRestUntil (for sessions with viewers), both also with :<machine> for one machine only; refusals in a row; refusedStream and refusedAfterMs (since closedAt); closedAt: end of the last connection; coolDownMs: how long the provider counts a connection after its end, as observed; coolDownUntil: when that observation expires',
    lifetime: '24 h after the last change',
    writer: 'edge',
    readers: 'edge, people',
  }),
  accountAttempts: key('{account:<account>}:attempts', {
    type: 'sorted set',
    holds:
      'slot ids of the attempts of the last minute that have not played well yet, score = their start in Redis milliseconds',
    lifetime: '1 min after the last attempt',
    writer: 'edge',
    readers: 'edge, people',
  }),
  streamFailures: key('{stream:<stream>}:failures', {
    type: 'hash',
    holds:
      'consecutive failures of one stream: on:<machine> counts those of each machine; rests so far; until:<machine> (Redis milliseconds) and rests:<machine> for a rest of one machine only',
    lifetime: '2 h after the last failure; gone at the next success',
    writer: 'edge',
    readers: 'edge',
  }),
  streamFile: key('{stream:<stream>}:file', {
    type: 'string',
    holds:
      'that a stream is VOD although its address does not say so, by what it answered: the extension of such files',
    lifetime: '1 h after it was last found or played; gone when it answers otherwise',
    writer: 'edge',
    readers: 'edge',
  }),
  streamBlocked: key('{stream:<stream>}:blocked', {
    type: 'string',
    holds:
      'no node tries the stream while this key exists, because two machines (or the only one) have met failures; value = number of failures that led to it',
    lifetime: 'its TTL is the rest: 1 min, doubled each time, at most 1 h',
    writer: 'edge',
    readers: 'edge',
    show: "pttl 'K'",
  }),
  streamDeaths: key('{stream:<stream>}:deaths', {
    type: 'hash',
    holds: 'edge processes that died while they had the stream open (deaths), and what the last one died of (cause)',
    lifetime: '2 h after the last death',
    writer: 'supervisor',
    readers: 'supervisor, people',
  }),
  streamQuarantined: key('{stream:<stream>}:quarantined', {
    type: 'string',
    holds:
      'no node opens the stream while this key exists, because two processes have died of it: silent, out-of-memory or crashed',
    lifetime: '30 min',
    writer: 'supervisor',
    readers: 'edge',
  }),
  slotWanted: key('slot-wanted', {
    type: 'pub/sub channel',
    holds: 'the id of an account whose connections are all in use, while another session wants one',
    lifetime: 'one message per request',
    writer: 'edge',
    readers: 'edge: a session that holds a connection without viewers gives it up',
  }),
  slotFreed: key('slot-freed', {
    type: 'pub/sub channel',
    holds: 'the id of an account one of whose slots was given back',
    lifetime: 'one message per slot',
    writer: 'edge',
    readers: 'edge: waiting sessions check whether it is their turn',
  }),
}
