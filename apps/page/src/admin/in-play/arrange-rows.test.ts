import { expect, test } from '@jest/globals'
import type { LiveChannel } from '@kptv/contract'
import { arrangeRows, type Sort } from './arrange-rows.ts'

function channel(name: string, change: Partial<LiveChannel> = {}): LiveChannel {
  return {
    name,
    logo: false,
    phase: 'playing',
    source: 'a',
    stream: 's',
    streamNumber: 1,
    streamCount: 1,
    viewers: 1,
    bitsPerSecond: 5,
    format: null,
    since: 10,
    nodes: [{ node: 'edge-1', role: 'leads', viewers: 1 }],
    ...change,
  }
}

const channels = {
  1: channel('Zebra', { viewers: 3, since: 30 }),
  2: channel('Arena', { bitsPerSecond: 9, source: null, nodes: [{ node: 'edge-2', role: 'waits', viewers: 1 }] }),
  3: channel('Größe'),
}
const sources = { a: { name: 'Provider A' } as never }
const namesOf = (text: string, sort: Sort = 'name') =>
  arrangeRows({ channels, sources }, { text, sort }).map(([, { name }]) => name)

test.each<[Sort, string[]]>([
  ['viewers', ['Zebra', 'Arena', 'Größe']],
  ['name', ['Arena', 'Größe', 'Zebra']],
  ['rate', ['Arena', 'Größe', 'Zebra']],
  ['since', ['Zebra', 'Arena', 'Größe']],
])('sorted by %s, equal ones by name', (sort, names) => {
  expect(namesOf('', sort)).toEqual(names)
})

test.each([
  [' GRÖ', ['Größe']],
  ['provider a', ['Größe', 'Zebra']],
  ['EDGE-2', ['Arena']],
  ['nothing', []],
])('filtered by %j', (text, names) => {
  expect(namesOf(text)).toEqual(names)
})
