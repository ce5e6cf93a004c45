import { expect, test } from '@jest/globals'
import type { StagedProgramme } from '@kptv/catalog'
import { WantedIndex } from '@kptv/guide'
import { channelKey } from '@kptv/playlist'
import { MAX_PROGRAMMES, type ReadGuideOptions, readGuide } from './read-guide.ts'

const HOUR_MS = 3_600_000
const channel = (id: string, name: string) => `<channel id="${id}"><display-name>${name}</display-name></channel>`
const programme = (id: string, title: string) =>
  `<programme start="20250101120000 +0000" channel="${id}"><title>${title}</title></programme>`

/** Reads a document for the channels Alpha (`tvg-id` a.uk, an hour off) and Beta. */
async function read(document: string, options: Partial<ReadGuideOptions> = {}) {
  const written: StagedProgramme[] = []
  let pauses = 0
  const index = new WantedIndex(channelKey)
  index.add({ id: 'alpha', name: 'Alpha', guideIds: ['a.uk'], shiftMs: HOUR_MS })
  index.add({ id: 'beta', name: 'Beta', guideIds: [] })
  const result = await readGuide({
    chunks: (async function* () {
      yield Buffer.from(document)
    })(),
    wanted: { index, digest: '' },
    times: { zone: 0, shiftMs: 0 },
    fromMs: 0,
    write: async (programmes) => void written.push(...programmes),
    pause: async () => {
      pauses += 1
    },
    ...options,
  })
  const titles = written.map(({ channelId, programme: { body } }) => `${channelId} ${/>(.*)</.exec(body)?.[1]}`)
  return { result, titles, written, pauses }
}

test('keeps what belongs to wanted channels, and says how they were matched', async () => {
  const { result, titles } = await read(
    channel('a.uk', 'A') +
      channel('b', 'BETA ') +
      channel('c', 'C') +
      programme('a.uk', '1') +
      programme('c', '2') +
      programme('b', '3'),
  )
  expect(titles).toEqual(['alpha 1', 'beta 3'])
  expect(result).toMatchObject({ matchedProgrammes: 2, isIncomplete: false })
  const matches = [...result.matcher.matches()]
  expect(matches.map(({ channelId, by, guideChannelId }) => `${channelId} by ${by}: ${guideChannelId}`)).toEqual([
    'alpha by tvg-id: a.uk',
    'beta by name: b',
  ])
  expect(result.facts).toMatchObject({ channels: 3, programmes: 3 })
})

test('shifts the times of a channel as its list demands', async () => {
  const { written } = await read(
    channel('a.uk', 'A') + channel('b', 'Beta') + programme('a.uk', '1') + programme('b', '2'),
  )
  expect(written.map(({ programme: { startMs } }) => startMs - Date.UTC(2025, 0, 1, 12))).toEqual([HOUR_MS, 0])
})

test('a guide without channel elements is matched by ids', async () => {
  const { result, titles } = await read(programme('A.UK', '1') + programme('beta', '2'))
  expect(titles).toEqual(['alpha 1'])
  expect(result.isIncomplete).toBe(false)
})

test('a guide with its channels last is completed in a second pass', async () => {
  const document = programme('b', '1') + programme('a.uk', '2') + channel('b', 'Beta') + channel('a.uk', 'A')
  const first = await read(document)
  expect(first.result.isIncomplete).toBe(true)
  const second = await read(document, { matcher: first.result.matcher })
  expect(second.titles).toEqual(['beta 1', 'alpha 2'])
  expect(second.result.isIncomplete).toBe(false)
})

test('one guide channel serves all channels that match it', async () => {
  const { titles } = await read(channel('a.uk', 'Beta') + programme('a.uk', '1'))
  expect(titles).toEqual(['alpha 1', 'beta 1'])
})

test('leaves out what is long past, and what no channel can have', async () => {
  const past = `<programme start="20240101120000 +0000" stop="20240101130000 +0000" channel="a.uk"><title>0</title></programme>`
  const document = past.repeat(9) + programme('a.uk', '1').repeat(MAX_PROGRAMMES + 3) + programme('beta', '2')
  const { result, titles } = await read(document, { fromMs: Date.UTC(2024, 11, 1) })
  expect(titles).toHaveLength(MAX_PROGRAMMES)
  expect(new Set(titles)).toEqual(new Set(['alpha 1']))
  expect(result.matchedProgrammes).toBe(9 + MAX_PROGRAMMES + 3)
  expect(result.facts.skipped).toEqual({ 'programme-above-limit': 3 })
})

test('pauses repeatedly in a long document, and stops on request', async () => {
  const document = programme('a.uk', '1').repeat(5_000)
  const { pauses } = await read(document)
  expect(pauses).toBeGreaterThan(10)
  const stop = async () => {
    throw new Error('stop')
  }
  await expect(read(document, { pause: stop })).rejects.toThrow('stop')
})
