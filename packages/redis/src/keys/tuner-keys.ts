import { key } from './key.ts'

/** The tuners (HDHomeRun) that we appear as. */
export const TUNER_KEYS = {
  tunerNumbers: key('tuner:numbers', {
    type: 'hash',
    holds: 'number → `channel:<channel>`: the guide numbers of channels whose lists give them none',
    lifetime: 'for ever: recorders keep the numbers',
    writer: 'edge',
    readers: 'edge',
  }),
  tunerSeed: key('tuner:seed', {
    type: 'string',
    holds: 'random text that the ids of our devices are made from',
    lifetime: 'for ever: recorders know a device by its id',
    writer: 'edge',
    readers: 'edge',
  }),
  tunerDiscovery: key('tuner:discovery', {
    type: 'string',
    holds: 'the edge process that answers searches for tuners in the network; one at a time',
    lifetime: '10 s after its last renewal',
    writer: 'edge',
    readers: 'edge, people',
  }),
}
