import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals'
import { attributeValue, type ChannelWish } from '@kptv/playlist'
import { type ImportFixture, startImportFixture } from '../../test-support/import-fixture.ts'

jest.setTimeout(120_000)

let fixture: ImportFixture
beforeAll(async () => {
  fixture = await startImportFixture()
})
afterAll(() => fixture[Symbol.asyncDispose]())
beforeEach(() => fixture.empty())

const entry = (name: string, number: number) => `#EXTINF:-1 tvg-chno="${number}",${name}\nhttp://one.example/${name}.ts`
const LIST = `#EXTM3U\n${['Alpha', 'Beta', 'Gamma', 'Delta'].map((name, at) => entry(name, 1 + at)).join('\n')}\n`

async function channelsWith(wishes: readonly ChannelWish[], list = LIST) {
  const worker = fixture.setUp({ one: list }, { wishes })
  await worker.importAll()
  await worker.build()
  const generation = await worker.reader.currentGeneration()
  const info = await worker.reader.info(generation ?? 0)
  const channels = await worker.channels()
  return { channels, unmatched: info?.unmatched, generation }
}
const shown = ({ channels }: Awaited<ReturnType<typeof channelsWith>>) =>
  channels.map(({ name, attributes }) => `${attributeValue(attributes, 'tvg-chno')} ${name}`)

test('wishes change the catalogue, by name or id, and survive each refresh', async () => {
  const before = await channelsWith([])
  expect(shown(before)).toEqual(['1 Alpha', '2 Beta', '4 Delta', '3 Gamma'])
  const gamma = before.channels[3]!.id
  const wishes: ChannelWish[] = [
    { channel: 'alpha', hide: true },
    { channel: gamma, rename: 'The third', order: 1 },
    { channel: 'Beta', number: '4', order: 2 },
    { channel: 'Nowhere', hide: true },
  ]
  const after = await channelsWith(wishes)
  // The number that the operator gave wins over the list that has it too.
  expect(shown(after)).toEqual(['3 The third', '4 Beta', expect.stringMatching(/^4\.\d+ Delta$/)])
  expect(after.channels[0]?.id).toBe(gamma)
  expect(after.unmatched).toEqual(['Nowhere'])
  const refreshed = await channelsWith(wishes, LIST.replace('http://one.example/Beta.ts', 'http://one.example/new.ts'))
  expect(refreshed.generation).toBeGreaterThan(after.generation ?? 0)
  expect(shown(refreshed)).toEqual(shown(after))
})

test('only a change of wishes makes a new catalogue from the same lists', async () => {
  const [first, again] = [
    await channelsWith([{ channel: 'Beta', group: 'B' }]),
    await channelsWith([{ channel: 'Beta', group: 'B' }]),
  ]
  expect(again.generation).toBe(first.generation)
  expect((await channelsWith([])).generation).toBeGreaterThan(first.generation ?? 0)
})
