import { expect, test } from '@jest/globals'
import { parseSources } from '@kptv/config'
import type { SourceParts } from '../source-facts.ts'
import { readLiveSources } from './live-sources.ts'

const { sources } = parseSources('http://tv.example/|5')
const holder = (channel: string, since: number) => ({ holder: { channel, node: 'edge-1', state: 'active', since } })
const HELD = [holder('b', 2), holder('c', 2), holder('a', 3), { holder: undefined }]

test('connections stand in one order, whichever was renewed last', async () => {
  const read = async (held: readonly unknown[]) => {
    const parts = {
      lists: { state: async () => ({ state: 'ok', entries: 1, accounts: [] }) },
      slots: { list: async () => held },
    } as unknown as SourceParts
    return Object.values(await readLiveSources(sources, parts))[0]?.slots
  }
  const slots = await read(HELD)
  expect(slots?.map(({ channel }) => channel)).toEqual(['', 'b', 'c', 'a'])
  expect(await read(HELD.toReversed())).toEqual(slots)
})
