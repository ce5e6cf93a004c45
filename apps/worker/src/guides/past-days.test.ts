import { expect, test } from '@jest/globals'
import type { CatalogChannel } from '@kptv/catalog'
import type { Attributes } from '@kptv/playlist'
import { createPastDaysReader } from './past-days.ts'

type Channels = Readonly<Record<string, Attributes>>

function catalogOf(generations: Readonly<Record<number, Channels>>) {
  const state = { generation: undefined as number | undefined, reads: 0 }
  const catalog = {
    currentGeneration: async () => state.generation,
    async *channelsInOrder(generation: number) {
      state.reads += 1
      for (const [id, attributes] of Object.entries(generations[generation] ?? {})) {
        yield { id, name: id, attributes, streams: [] } satisfies CatalogChannel
      }
    },
  }
  return { state, pastDays: createPastDaysReader(catalog) }
}

test('one day, or as far back as the channel can be played', async () => {
  const { state, pastDays } = catalogOf({ 1: { a: [['catchup-days', '7']], b: [['tvg-rec', '0']], c: [] } })
  expect((await pastDays()).of('a')).toBe(1)
  state.generation = 1
  const { of } = await pastDays()
  expect(['a', 'b', 'c', 'unknown'].map(of)).toEqual([7, 1, 1, 1])
})

test('the catalogue is read once per generation, and the digest changes only with the days', async () => {
  const { state, pastDays } = catalogOf({
    1: { a: [['tvg-rec', '7']], b: [['tvg-rec', '3']] },
    2: { b: [['tvg-rec', '3']], c: [], a: [['timeshift', '7']] },
    3: { a: [['tvg-rec', '3']], b: [['tvg-rec', '7']] },
  })
  const digests: string[] = []
  for (const generation of [1, 1, 2, 3]) {
    state.generation = generation
    digests.push((await pastDays()).digest)
  }
  expect(state.reads).toBe(3)
  expect(digests[2]).toBe(digests[0])
  expect(digests[3]).not.toBe(digests[0])
})
