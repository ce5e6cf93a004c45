import { key } from './key.ts'

/** What happened in the cluster, for people. */
export const EVENT_KEYS = {
  events: key('events', {
    type: 'stream',
    holds:
      'the last 1,000 events, each as JSON in the field `event`: at, node, facts (type, and what belongs to it); with the field `once`, the same for all nodes that report it; ids and names, never an address of a provider',
    lifetime: 'for ever; the oldest make room',
    writer: 'edge, worker',
    readers: 'edge, worker (webhooks), people',
  }),
  webhookCursor: key('webhooks:cursor', {
    type: 'string',
    holds: 'the id of the last event that was handed to the webhooks',
    lifetime: 'an hour after a worker with webhooks last checked',
    writer: 'worker',
    readers: 'worker',
  }),
  webhookDuty: key('webhooks:duty', {
    type: 'string',
    holds: 'the worker process that hands events to the webhooks; one at a time',
    lifetime: '10 s after its last renewal',
    writer: 'worker',
    readers: 'worker, people',
  }),
}
