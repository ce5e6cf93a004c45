import { expect, test } from '@jest/globals'
import type { CatalogChannel } from '@kptv/catalog'
import { createWantedChannelsReader, type GuideMap } from './wanted-channels.ts'

const channel = (name: string, attributes: CatalogChannel['attributes']): CatalogChannel => ({
  id: name.padStart(16, '0'),
  name,
  attributes,
  streams: [],
})

async function wantedOf(channels: readonly CatalogChannel[], map: GuideMap = {}) {
  const catalog = {
    currentGeneration: async () => 1,
    async *channelsInOrder() {
      yield* channels
    },
  }
  const wanted = await createWantedChannelsReader(catalog, () => map)()
  if (wanted === undefined) throw new Error('there is a catalogue')
  return wanted
}

const candidates = ({ index }: Awaited<ReturnType<typeof wantedOf>>, ...key: Parameters<typeof index.candidates>) =>
  [...index.candidates(...key)].map(({ channel: number }) => number)

test('reads ids, names and shifts in any spelling of the attributes', async () => {
  const wanted = await wantedOf([
    channel('One', [
      ['TVG-ID', 'one.uk'],
      ['tvg_shift', '-3:30'],
      ['Tvg-Name', 'First'],
    ]),
    channel('Two', [['tvg-id', 'two.uk']]),
  ])
  expect(candidates(wanted, 'tvg-id', 'one.uk')).toEqual([0])
  expect(candidates(wanted, 'name', 'first')).toEqual([0])
  expect([0, 1].map((number) => wanted.index.shiftOf(number))).toEqual([-12_600_000, 0])
})

test("a placeholder is nobody's id", async () => {
  const wanted = await wantedOf([channel('One', [['tvg-id', 'none']]), channel('Two', [['tvg-id', 'none']])])
  expect(candidates(wanted, 'tvg-id', 'none')).toEqual([])
})

test('the digest changes with all that decides about programmes, and not with the order', async () => {
  const [one, two] = [channel('One', [['tvg-id', 'one.uk']]), channel('Two', [])]
  const digests = await Promise.all(
    [
      wantedOf([one, two]),
      wantedOf([two, one]),
      wantedOf([channel('One', [...one.attributes, ['tvg-shift', '0.5']]), two]),
      wantedOf([channel('One', [['tvg-id', 'uno.uk']]), two]),
      wantedOf([one, two], { Two: 'two.uk' }),
    ].map(async (wanted) => (await wanted).digest),
  )
  expect(digests[1]).toBe(digests[0])
  expect(new Set(digests).size).toBe(4)
})
