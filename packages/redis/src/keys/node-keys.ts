import { key } from './key.ts'

/** Running processes, and the memory of Redis itself. */
export const NODE_KEYS = {
  node: key('node:<incarnation>', {
    type: 'hash',
    holds:
      'one running edge: node, pid, url, internalUrl, internalKey, version, startedAt, state (serving, draining), viewers, channels',
    lifetime: '4 s after its last renewal',
    writer: 'edge',
    readers: 'edge, people',
  }),
  nodes: key('nodes', {
    type: 'sorted set',
    holds: 'the running edges: incarnation, score = when it stops counting (Redis milliseconds)',
    lifetime: 'a member ends 4 s after its last renewal',
    writer: 'edge',
    readers: 'edge, people',
  }),
  dead: key('dead:<incarnation>', {
    type: 'string',
    holds: 'proof for a takeover: the process with this incarnation is gone, and why',
    lifetime: '1 h',
    writer: 'supervisor',
    readers: 'edge',
  }),
  alive: key('alive:<incarnation>', {
    type: 'pub/sub channel',
    holds:
      'no messages: each edge subscribes to its own, and 0 subscribers mean that the process is gone; in a Redis Cluster a sharded channel (shardnumsub, on the primary to which it belongs)',
    lifetime: 'as the process',
    writer: 'none',
    readers: 'edge (counts subscribers)',
    show: "pubsub numsub 'K'",
  }),
  openStreams: key('open-streams:<incarnation>', {
    type: 'hash',
    holds: 'the streams to which a process has a connection: stream → unproven, or proven once it has played well',
    lifetime: '24 h after its last change; gone when its supervisor has written its tombstone',
    writer: 'edge',
    readers: 'supervisor',
  }),
  memory: key('memory', {
    type: 'hash',
    holds:
      'runId of the server and since when (Redis milliseconds) its memory has been whole: for the first 4.5 s only former holders may take anything',
    lifetime: 'for ever',
    writer: 'edge',
    readers: 'edge',
  }),
  shardMemory: key('memory:{<shard>}', {
    type: 'hash',
    holds:
      'the same for one primary of a Redis Cluster, instead of the key above; <shard> is the lowest number that is a hash tag of this primary',
    lifetime: 'for ever',
    writer: 'edge',
    readers: 'edge',
    show: "-c hgetall 'K'",
  }),
  reconcileLock: key('reconcile-lock', {
    type: 'string',
    holds: 'incarnation of the edge that clears away the slots and leads of dead ones',
    lifetime: '8 s',
    writer: 'edge',
    readers: 'edge',
  }),
  liveWanted: key('live-wanted', {
    type: 'pub/sub channel',
    holds: 'the request of an edge on which the page of operators is open: each edge shall report what it plays',
    lifetime: 'one message a second while a page is open',
    writer: 'edge',
    readers: 'edge',
  }),
  liveReports: key('live-reports', {
    type: 'pub/sub channel',
    holds: 'what one edge plays, as JSON',
    lifetime: 'one message per edge and request',
    writer: 'edge',
    readers: 'edges on which a page is open',
  }),
  nodeQuestions: key('node-questions', {
    type: 'pub/sub channel',
    holds: 'a question to all edges, as JSON: what each plays of a channel, or an order of a person',
    lifetime: 'one message per question',
    writer: 'edge',
    readers: 'edge',
  }),
  nodeAnswers: key('node-answers:<caller>', {
    type: 'pub/sub channel',
    holds: 'the answers of edges to the questions of one process, as JSON',
    lifetime: 'one message per edge and question',
    writer: 'edge',
    readers: 'edge: the one that asked',
  }),
  worker: key('worker:<node>', {
    type: 'hash',
    holds: 'node, pid, startedAt, beatAt, lastJobAt of one running worker',
    lifetime: '30 s after its last heartbeat',
    writer: 'worker',
    readers: 'health check, people',
  }),
}
