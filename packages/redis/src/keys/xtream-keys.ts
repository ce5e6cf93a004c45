import { key } from './key.ts'

/** Numbers that Xtream apps know things by. */
export const XTREAM_KEYS = {
  xtreamNumbers: key('xtream:numbers', {
    type: 'hash',
    holds: 'number (31 bits) → the thing that it names: `channel:<channel>` or `group:<name>`',
    lifetime: 'for ever: apps keep the numbers',
    writer: 'edge',
    readers: 'edge',
  }),
}
