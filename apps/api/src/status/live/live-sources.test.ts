import { expect, test } from '@jest/globals'
import { parseSources } from '@kptv/config'
import type { SourceParts } from '../source-facts.ts'
import { readLiveSources } from './live-sources.ts'

const { sources } = parseSources('http://tv.example/|5')
const holder = (channel: string, since: number) => ({ holder: { channel, node: 'edge-1', state: 'active', since } })
const STATE = { state: 'ok', entries: 1, filtered: 2, skipped: {}, skippedFirst: [], accounts: [] }
const HELD = [holder('b', 2), holder('c', 2), holder('a', 3), { holder: undefined }]

test('connections are listed in a stable order, whichever was renewed last', async () => {
  const read = async (held: readonly unknown[]) => {
    const parts = {
      lists: { state: async () => STATE },
      slots: { list: async () => held },
    } as unknown as SourceParts
    return Object.values(await readLiveSources(sources, parts))[0]?.slots
  }
  const slots = await read(HELD)
  expect(slots?.map(({ channel }) => channel)).toEqual(['', 'b', 'c', 'a'])
  expect(await read(HELD.toReversed())).toEqual(slots)
})

test('shows what of the list is not served, and when the first login ends', async () => {
  const [{ accountId: account = '' } = {}] = sources
  const expiresAt = '2027-01-31T00:00:00.000Z'
  const skips = { skipped: { 'bad-url': 3 }, skippedFirst: [{ reason: 'bad-url', line: 7 }] }
  const state = { ...STATE, ...skips, accounts: [{ account, checkedAt: '2026-11-30T00:00:00Z', expiresAt }] }
  const parts = { lists: { state: async () => state }, slots: { list: async () => [] } } as unknown as SourceParts
  const [live] = Object.values(await readLiveSources(sources, parts))
  expect(live).toMatchObject({ filtered: 2, ...skips, expiresAt })
})
