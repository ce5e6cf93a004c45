import { expect, test } from '@jest/globals'
import type { MediaPlaylist } from './model.ts'
import { parsePlaylist } from './parse-playlist.ts'

const lines = (...all: string[]): string => `${['#EXTM3U', ...all].join('\r\n')}\r\n`

function media(...all: string[]): MediaPlaylist {
  const playlist = parsePlaylist(lines(...all))
  if (playlist.kind !== 'media') throw new Error(`a ${playlist.kind} is not a media playlist`)
  return playlist
}

test.each([
  ['beyond what a number counts exactly', '1700000000000000007', '000000000000000017979cfe362a0007'],
  ['of 64 bits', '18446744073709551614', '0000000000000000fffffffffffffffe'],
  ['in quotes', '"9"', '00000000000000000000000000000009'],
  ['with a fraction', '9.0', '00000000000000000000000000000009'],
  ['with a sign', '+9', '00000000000000000000000000000009'],
])('a media sequence number %s counts on, and is the vector of the key', (_name, number, vector) => {
  const { segments } = media(
    ...[`#EXT-X-MEDIA-SEQUENCE:${number}`, '#EXT-X-KEY:METHOD=AES-128,URI="k"'],
    ...['#EXTINF:1,', 'a.ts', '#EXTINF:1,', 'b.ts'],
  )
  const [first, second] = segments
  expect(second!.sequence).toBe(first!.sequence + 1)
  expect([first, second].map((segment) => Number.isSafeInteger(segment!.sequence))).toEqual([true, true])
  expect(Buffer.from((first!.key as { readonly iv: Uint8Array }).iv).toString('hex')).toBe(vector)
})

test.each([
  ['spaces before the colon', ['#EXT-X-TARGETDURATION : 4', '#EXTINF : 4,', 'a.ts']],
  ['NUL behind each line', ['#EXT-X-TARGETDURATION:4\0', '#EXTINF:4,\0', 'a.ts\0']],
  ['marks without width around an address', ['#EXT-X-TARGETDURATION:4', '#EXTINF:4,', '\u200ba.ts\u200e\u2060']],
  ['a vertical tab', ['#EXT-X-TARGETDURATION:4', '#EXTINF:4,', '\va.ts\f']],
])('%s make no difference', (_name, all) => {
  expect(media(...all)).toMatchObject({ targetMs: 4_000, segments: [{ uri: 'a.ts', durationMs: 4_000 }] })
})

test('lines behind the playlist that have no EXTINF are no segments', () => {
  const { segments } = media(
    ...['#EXT-X-TARGETDURATION:4', '#EXTINF:4,', 'a.ts', '#EXTINF:4,', 'b.ts'],
    ...['<!-- 12 ms -->', '</body></html>'],
  )
  expect(segments.map(({ uri }) => uri)).toEqual(['a.ts', 'b.ts'])
})

test('neither is one among the others, but without any EXTINF all are', () => {
  const { segments } = media('#EXT-X-TARGETDURATION:4', '#EXTINF:4,', 'a.ts', 'an advertisement', '#EXTINF:4,', 'b.ts')
  expect(segments.map(({ uri, sequence }) => [uri, sequence])).toEqual([
    ['a.ts', 0],
    ['b.ts', 1],
  ])
  expect(media('#EXT-X-TARGETDURATION:4', 'a.ts', 'b.ts').segments).toHaveLength(2)
})

test.each([
  ['three of 2 s', 3, 3_000],
  ['ten of 2 s', 10, 10_000],
  ['one, with which a stream begins', 1, 30_000],
])(
  'a target duration longer than all that is listed (%s) does not let segments be missed',
  (_name, count, targetMs) => {
    const segments = Array.from({ length: count }, (_, index) => ['#EXTINF:2,', `${index}.ts`]).flat()
    expect(media('#EXT-X-TARGETDURATION:3600', ...segments).targetMs).toBe(targetMs)
  },
)

test('a line of spaces costs no more than any other', () => {
  const text = lines(`a${' '.repeat(16_000)}\0b`).repeat(200)
  expect(parsePlaylist(`#EXTM3U\n#EXTINF:1,\n${text}`).kind).toBe('media')
})

test.each([
  ['typographic', '“k”'],
  ['single', "'k'"],
])('quotes may be %s', (_name, quoted) => {
  const { segments } = media(`#EXT-X-KEY:METHOD=AES-128,URI=${quoted},KEYFORMAT=""`, '#EXTINF:1,', 'a.ts')
  expect(segments[0]?.key).toMatchObject({ uri: 'k' })
})

test('accepts a range in quotes, and one before its resource', () => {
  const range = (...all: string[]) => media(...all, '#EXTINF:1,', 'b.ts').segments.at(-1)?.byteRange
  expect(range('#EXT-X-BYTERANGE:"5@7"')).toEqual({ offset: 7, length: 5 })
  expect(range('#EXT-X-BYTERANGE:5')).toEqual({ offset: 0, length: 5 })
  expect(range('#EXT-X-BYTERANGE:5@9', '#EXTINF:1,', 'a.ts', '#EXT-X-BYTERANGE:5')).toEqual({ offset: 0, length: 5 })
})

test('an audio playlist without an address is the variant itself; words may be in any case', () => {
  const parsed = parsePlaylist(
    lines(
      '#EXT-X-MEDIA:TYPE=audio,GROUP-ID="a",URI="",LANGUAGE="en"',
      '#EXT-X-MEDIA:TYPE=Audio,GROUP-ID="a",URI="de.m3u8",LANGUAGE="de"',
      '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",URI="fr.m3u8",LANGUAGE="fr",DEFAULT=yes',
      '#EXT-X-STREAM-INF:AVERAGE-BANDWIDTH=500.5,AUDIO="a"',
      'v.m3u8',
    ),
  )
  expect(parsed).toMatchObject({
    variants: [
      { bandwidth: 500, ownLanguage: 'en', hasOwnAudio: true, audio: [{ language: 'fr' }, { language: 'de' }] },
    ],
  })
})

test('an unclosed quote ends with the attribute', () => {
  const { segments } = media('#EXT-X-KEY:METHOD=AES-128,URI="k', '#EXTINF:1,', 'a.ts')
  expect(segments[0]?.key).toMatchObject({ uri: 'k' })
})
