import { expect, test } from '@jest/globals'
import type { CatalogChannel } from '@kptv/catalog'
import type { Programme } from '@kptv/guide'
import type { Attributes } from '@kptv/playlist'
import type { ChannelView } from '../../rendered/channel-view.ts'
import { fillWindow, guideEdition } from './guide-edition.ts'
import { renderGuide } from './render-guide.ts'

const base = 'http://a'
const channel = (name: string, attributes: Attributes = []): CatalogChannel => ({
  id: name,
  name,
  attributes,
  streams: [],
})
const programme = (title: string): Programme => ({
  startMs: Date.UTC(2026, 0, 1),
  stopMs: Date.UTC(2026, 0, 1, 1),
  body: `<title>${title}</title>`,
})

type Given = {
  readonly channels: readonly CatalogChannel[]
  readonly programmes?: Readonly<Record<string, readonly Programme[]>>
  readonly generation?: number | undefined
  /** `null`: none yet. */
  readonly number?: number | null
}

function stores({ channels, programmes = {}, generation = 1, number = 2 }: Given) {
  const pages: number[] = []
  const catalog = {
    currentGeneration: async () => generation,
    async *channelsInOrder() {
      yield* channels
    },
  }
  const guide = {
    current: async () => number ?? undefined,
    withProgrammes: async (_number: number, ids: readonly string[]) => new Set(ids.filter((id) => id in programmes)),
    async *programmes(_number: number, ids: readonly string[]) {
      pages.push(ids.length)
      yield* ids.map((id) => [...(programmes[id] ?? [])])
    },
  }
  return { catalog, guide, pages }
}

async function render(given: Given, view: ChannelView = { base }): Promise<string> {
  return (await Array.fromAsync(renderGuide(stores(given), view))).join('')
}

test('lists all channels with number and logo, then their programmes', async () => {
  const text = await render({
    channels: [
      channel('A', [
        ['tvg-id', 'a.uk'],
        ['tvg-chno', '7'],
        ['tvg-logo', 'http://l/a.png'],
      ]),
      channel('B'),
    ],
    programmes: { A: [programme('One'), programme('Two')], B: [programme('Three')] },
  })
  expect(text.split('\n').slice(2)).toEqual([
    '<tv generator-info-name="kptv-proxy">',
    '<channel id="a.uk"><display-name>A</display-name><display-name>7</display-name><icon src="http://a/logo/A3bba78c7"/></channel>',
    '<channel id="B.kptv"><display-name>B</display-name></channel>',
    '<programme start="20260101000000 +0000" stop="20260101010000 +0000" channel="a.uk"><title>One</title></programme>',
    '<programme start="20260101000000 +0000" stop="20260101010000 +0000" channel="a.uk"><title>Two</title></programme>',
    '<programme start="20260101000000 +0000" stop="20260101010000 +0000" channel="B.kptv"><title>Three</title></programme>',
    '</tv>',
    '',
  ])
})

test('channels that share an id are one channel of the guide', async () => {
  const sd = channel('TBS', [['tvg-id', 'tbs']])
  const hd = channel('TBS HD', [['tvg-id', 'tbs']])
  const text = await render({ channels: [sd, hd], programmes: { TBS: [programme('X')], 'TBS HD': [programme('X')] } })
  expect(text.match(/<channel /g)).toHaveLength(1)
  expect(text.match(/<programme /g)).toHaveLength(1)
})

test('of channels that share an id, the first one with programmes is shown', async () => {
  const channels = ['A', 'B', 'C'].map((name) => channel(name, [['tvg-id', 'x.uk']]))
  const text = await render({ channels, programmes: { B: [programme('of B')], C: [programme('of C')] } })
  expect(text.match(/<display-name>.*?</g)).toEqual(['<display-name>B<'])
  expect(text.match(/<title>.*?</g)).toEqual(['<title>of B<'])
})

test.each(['0', '-', 'N/A', 'none', 'null', 'No_EPG', 'unknown'])('%j is the id of no channel', async (junk) => {
  const channels = ['A', 'B'].map((name) => channel(name, [['tvg-id', junk]]))
  const text = await render({ channels, programmes: { A: [programme('of A')], B: [programme('of B')] } })
  expect([...text.matchAll(/<channel id="(.*?)"/g)].map(([, id]) => id)).toEqual(['A.kptv', 'B.kptv'])
  expect(text.match(/<title>.*?</g)).toEqual(['<title>of A<', '<title>of B<'])
})

test('part of the channels gets part of the guide', async () => {
  const channels = [channel('A', [['group-title', 'News']]), channel('B')]
  const programmes = { A: [programme('One')], B: [programme('Two')] }
  const text = await render({ channels, programmes }, { base, group: 'news' })
  expect(text).toContain('A.kptv')
  expect(text).not.toContain('B.kptv')
})

test('channels without programmes are left out', async () => {
  const text = await render({ channels: [channel('A'), channel('B')], programmes: { B: [programme('One')] } })
  expect([...text.matchAll(/<channel id="(.*?)"/g)].map(([, id]) => id)).toEqual(['B.kptv'])
})

test('with GUIDE_FILL they get hourly blocks with their name, for whole days', async () => {
  const fill = fillWindow(Date.UTC(2026, 0, 1, 15), 2)
  const given = { channels: [channel('A & A'), channel('B')], programmes: { B: [programme('One')] } }
  const text = (await Array.fromAsync(renderGuide({ ...stores(given), fill }, { base }))).join('')
  expect(text.match(/<title>A &amp; A<\/title>/g)).toHaveLength(12)
  expect(text).toContain('start="20260101000000 +0000" stop="20260101040000 +0000" channel="A &amp; A.kptv"')
  expect(text.match(/channel="B.kptv"/g)).toHaveLength(1)
})

test('an event channel without a guide shows the event that its name announces', async () => {
  const fill = fillWindow(Date.UTC(2026, 0, 1, 15), 1)
  const partsOf = (name: string) => (name.startsWith('PPV') ? { title: 'A v B', hour: '20' } : undefined)
  const events = [{ partsOf, zone: 0, lengthMs: 2 * 3_600_000 }]
  const given = stores({ channels: [channel('PPV 1'), channel('News')] })
  const text = (await Array.fromAsync(renderGuide({ ...given, fill, events }, { base }))).join('')
  expect(text).toContain(
    '<programme start="20260101200000 +0000" stop="20260101220000 +0000" channel="PPV 1.kptv"><title>A v B</title>',
  )
  expect(text.match(/<title>PPV 1</g)).toHaveLength(6)
  expect(text.match(/<title>News</g)).toHaveLength(6)
})

test('names the channels before the first guide, so that it is never empty', async () => {
  const text = await render({ channels: [channel('A')], number: null })
  expect(text).toContain('<channel id="A.kptv">')
  expect(text).toMatch(/<\/tv>\n$/)
})

test('shows no sealed text and no login', async () => {
  const text = await render({
    channels: [
      channel('A', [
        ['tvg-logo', 'http://l/{secret-1}.png'],
        ['tvg-id', '{secret-2}'],
      ]),
    ],
  })
  expect(text).not.toContain('secret')
  expect(text).not.toContain('icon')
})

test('reads programmes in small pages, and pieces stay small', async () => {
  const channels = Array.from({ length: 400 }, (_, index) => channel(`C${index}`))
  const programmes = Object.fromEntries(
    channels.map(({ id }) => [id, Array.from({ length: 100 }, () => programme('x'.repeat(500)))]),
  )
  const given = stores({ channels, programmes })
  const pieces = await Array.fromAsync(renderGuide(given, { base }))
  expect(Math.max(...given.pages)).toBe(50)
  expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThan(70_000)
})

test('the edition changes with the catalogue, the guide, and the day if channels are filled', async () => {
  const { catalog, guide } = stores({ channels: [] })
  const days = [1, 2].map((day) => guideEdition(catalog, guide, fillWindow(Date.UTC(2026, 0, day, 9), 7)))
  expect(new Set(await Promise.all(days)).size).toBe(2)
  const editions = [
    { channels: [], generation: 10, number: null },
    { channels: [], generation: 10, number: 5 },
    { channels: [], generation: 11, number: 5 },
    { channels: [], generation: 11, number: 7 },
  ].map((given) => guideEdition(stores(given).catalog, { current: async () => given.number ?? undefined }))
  expect(new Set(await Promise.all(editions)).size).toBe(4)
  expect(await guideEdition({ currentGeneration: async () => undefined }, { current: async () => 1 })).toBeUndefined()
})

test('a channel that repeats another one later has an id for its programmes', async () => {
  const shifted: Attributes = [
    ['tvg-id', 'a.uk'],
    ['tvg-shift', '-1.5'],
  ]
  const channels = [channel('A', [['tvg-id', 'a.uk']]), channel('A +1', shifted), channel('B', [['tvg-id', 'a.uk']])]
  const text = await render({
    channels,
    programmes: { A: [programme('now')], 'A +1': [programme('later')], B: [programme('again')] },
  })
  const shown = [...text.matchAll(/channel="(.*?)">\s*<title>(.*?)</g)].map(([, id, title]) => [id, title])
  expect(shown).toEqual([
    ['a.uk', 'now'],
    ['a.uk.shift-90', 'later'],
  ])
})
