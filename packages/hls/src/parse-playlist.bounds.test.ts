import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { noteFetched, startFollowing, takePlaylist } from './follow-playlist.ts'
import type { MediaPlaylist } from './model.ts'
import { parsePlaylist } from './parse-playlist.ts'

const lines = (...all: string[]): string => `${['#EXTM3U', ...all].join('\r\n')}\r\n`

function media(...all: string[]): MediaPlaylist {
  const playlist = parsePlaylist(lines(...all))
  if (playlist.kind !== 'media') throw new Error(`a ${playlist.kind} is not a media playlist`)
  return playlist
}

test('never throws or grows on any text', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      '#EXTM3U',
      '#EXTINF:',
      '#EXT-X-KEY:METHOD=AES-128,URI=',
      '#EXT-X-BYTERANGE:',
      '\n',
      ',',
      '"',
      '@',
      '=',
    ),
    fc.constantFrom('#EXT-X-STREAM-INF:BANDWIDTH=', '#EXT-X-MEDIA-SEQUENCE:', '#EXT-X-MAP:URI="', '#EXT-X-ENDLIST'),
    fc.string({ unit: 'binary' }),
    fc.integer().map(String),
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 200 }), (pieces) => {
      const playlist = parsePlaylist(`#EXTM3U\n${pieces.join('')}`)
      if (playlist.kind === 'media') {
        const sequences = playlist.segments.map(({ sequence }) => sequence)
        expect(sequences).toEqual(sequences.map((_, at) => playlist.firstSequence + at))
        expect(playlist.targetMs).toBeGreaterThanOrEqual(1_000)
        expect(playlist.targetMs).toBeLessThanOrEqual(30_000)
      }
    }),
    { numRuns: 500 },
  )
})

describe('texts built to be slow are read in linear time', () => {
  // Quadratic work on the longest text that a session takes would take minutes and hit the test's
  // own deadline.
  const fill = (text: string) => text.repeat(Math.ceil((2 * 1024 * 1024) / text.length))
  const line = (start: string, text: string) =>
    `${start}${text.repeat(Math.ceil(16_000 / text.length))}`.slice(0, 16_000)

  test.each([
    '\n',
    'a\n',
    '#',
    '#EXT',
    '#EXTINF:1,\na\n',
    '#EXT-X-BYTERANGE:1\na\n',
    '#EXT-X-KEY:METHOD=AES-128,URI="k"\n',
  ])('%j', (text) => {
    const playlist = parsePlaylist(`#EXTM3U\n#EXT-X-TARGETDURATION:1\n${fill(text)}`)
    if (playlist.kind !== 'media') return
    // Twice, as at a reload: finding the place costs as little.
    const following = noteFetched(takePlaylist(startFollowing(0), playlist, 0))
    expect(takePlaylist(following, playlist, 1_000).listed.length).toBeLessThanOrEqual(20_000)
  })

  test.each(['="', '=,', ',', '"', 'A="x",', 'A=', ' ', '=" ', '0', 'x0'])('attributes of %j', (text) => {
    for (const tag of ['STREAM-INF:', 'MEDIA:TYPE=AUDIO,GROUP-ID="', 'KEY:METHOD=AES-128,IV=0x', 'MAP:URI="']) {
      const one = `${line(`#EXT-X-${tag}`, text)}\na\n`
      expect(['master', 'media', 'refused', 'list']).toContain(parsePlaylist(`#EXTM3U\n${fill(one)}`).kind)
    }
  })
})

test('long lines are skipped', () => {
  const { segments } = media('#EXTINF:1,', 'x'.repeat(20_000), '#EXTINF:1,', 'b.ts')
  expect(segments.map(({ uri }) => uri)).toEqual(['b.ts'])
})
