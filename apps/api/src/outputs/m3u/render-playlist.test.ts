import { expect, test } from '@jest/globals'
import type { CatalogChannel } from '@kptv/catalog'
import type { Attributes } from '@kptv/playlist'
import type { ChannelView } from '../../rendered/channel-view.ts'
import { renderPlaylist } from './render-playlist.ts'

const base = 'http://a'
const channel = (name: string, attributes: Attributes = []): CatalogChannel => ({
  id: name,
  name,
  attributes,
  streams: [],
})

async function render(channels: readonly CatalogChannel[], view: ChannelView = { base }): Promise<string[]> {
  const catalog = {
    async *channelsInOrder() {
      yield* channels
    },
  }
  return Array.fromAsync(renderPlaylist(catalog, 1, view))
}

test('renders in pieces of bounded length, with the channels of the view and nothing sealed', async () => {
  const many = Array.from({ length: 5_000 }, (_, index) => channel(`Channel ${index}`, [['group-title', 'Group']]))
  const pieces = await render([channel('First', [['group-title', '{secret-1}']]), ...many], { base, text: 'channel' })
  expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThan(70_000)
  expect(pieces.length).toBeGreaterThan(5)
  const text = pieces.join('')
  expect(text.match(/#EXTINF/g)).toHaveLength(5_000)
  expect(text).not.toContain('secret-')
})

test('links lead to MPEG-TS or to HLS', async () => {
  expect((await render([channel('a')])).join('')).toContain('\nhttp://a/stream/a.ts\n')
  for (const [hls, link] of [
    ['ts', '/stream/a.m3u8'],
    ['fmp4', '/stream/a.m3u8?format=fmp4'],
    ['fmp4-aac', '/stream/a.m3u8?format=fmp4&audio=aac'],
  ] as const)
    expect((await render([channel('a')], { base, hls })).join('')).toContain(`\nhttp://a${link}\n`)
})

test("a VOD keeps its file's extension, also in an HLS list", async () => {
  const vod = (url: string): CatalogChannel => ({
    ...channel('a'),
    streams: [{ id: 's', sourceId: 'one', url, headers: [] }],
  })
  for (const view of [{ base }, { base, output: 'hls' as const }]) {
    expect((await render([vod('http://h/movie/{secret-1}/{secret-2}/5.MKV')], view)).join('')).toContain(
      '\nhttp://a/stream/a.mkv\n',
    )
  }
  expect((await render([vod('http://h/movie/u/p/5.ts')])).join('')).toContain('\nhttp://a/stream/a.ts\n')
})

test('kinds select entries; a whole series of a panel is never an entry', async () => {
  const of = (name: string, url: string): CatalogChannel => ({
    ...channel(name),
    streams: [{ id: 's', sourceId: 'one', url, headers: [] }],
  })
  const all = [
    of('News', 'http://h/live/u/p/1.ts'),
    of('Heat', 'http://h/movie/u/p/2.mkv'),
    of('Dark S01E01', 'http://h/dark.mp4'),
    of('Lost', 'http://h/player_api.php?username=u&password=p&action=get_series_info&series_id=5'),
  ]
  const namesIn = async (kinds?: ChannelView['kinds']) =>
    [...(await render(all, { base, ...(kinds === undefined ? {} : { kinds }) })).join('').matchAll(/,(.*)\n/g)].map(
      ([, name]) => name,
    )
  expect(await namesIn()).toEqual(['News', 'Heat', 'Dark S01E01'])
  expect(await namesIn(['live'])).toEqual(['News'])
  expect(await namesIn(['movie', 'series'])).toEqual(['Heat', 'Dark S01E01'])
})

test('the shift of the guide is not given out, because our guide has it already', async () => {
  const attributes: Attributes = [
    ['tvg-id', 'one.uk'],
    ['TVG-Shift', '1'],
    ['tvg-name', 'one'],
  ]
  const text = (await render([channel('One', attributes), channel('One +1', attributes)])).join('')
  expect(text.match(/#EXTINF.*/g)).toEqual([
    '#EXTINF:-1 tvg-id="one.uk" tvg-name="one",One',
    // It has other programmes than the channel whose id it was given.
    '#EXTINF:-1 tvg-id="one.uk.shift60" tvg-name="one",One +1',
  ])
})

test('the first line names our guide for the same channels, in both spellings', async () => {
  const [whole] = await render([])
  expect(whole).toBe('#EXTM3U url-tvg="http://a/guide.xml" x-tvg-url="http://a/guide.xml"\n')
  const [part] = await render([], { base, group: 'uk & news', sourceId: 'one-1' })
  expect(part).toContain(' url-tvg="http://a/guide.xml?group=uk+%26+news&source=one-1"')
})

test.each<[string, Attributes, string]>([
  ['its own', [['tvg-id', 'bbc.uk']], 'bbc.uk'],
  ['ours, if it has none', [], 'BBC.kptv'],
  ['ours, if its own is empty', [['tvg-id', '']], 'BBC.kptv'],
  ['ours, if its own is sealed', [['tvg-id', 'x{secret-1}']], 'BBC.kptv'],
])('the guide id of a channel is %s', async (_, attributes, id) => {
  const text = (await render([channel('BBC', attributes)])).join('')
  expect(text).toContain(`#EXTINF:-1 tvg-id="${id}",BBC`)
})

test('logos are our links, which change with the logo; other provider addresses are left out', async () => {
  const id = '0123456789abcdef'
  const attributes: Attributes = [
    ['TVG_ID', 'bbc.uk'],
    ['tvg-logo', 'http://provider.example/{secret-1}/a.png'],
    ['tvg-logo-small', '//provider.example/b.png'],
    ['audio', 'stereo, see http://provider.example/'],
    ['group-title', 'News'],
  ]
  const text = (await render([{ ...channel('BBC', attributes), id }])).join('')
  expect(text).toMatch(
    /#EXTINF:-1 tvg-id="bbc.uk" tvg-logo="http:\/\/a\/logo\/0123456789abcdef[0-9a-f]{8}" group-title="News",BBC\n/,
  )
  expect(text).not.toContain('provider.example')
  const logo = (line: string) => /tvg-logo="(.*?)"/.exec(line)?.[1]
  const other = (await render([{ ...channel('BBC', [['tvg-logo', 'http://provider.example/c.png']]), id }])).join('')
  expect(logo(other)).not.toBe(logo(text))
})

test('a channel whose logo is not an address has none', async () => {
  const text = (await render([channel('BBC', [['tvg-logo', '']]), channel('CNN', [['tvg-logo', 'cnn']])])).join('')
  expect(text).not.toContain('/logo/')
})
