import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { MAX_SEGMENTS, MAX_VARIANTS } from './model.ts'
import { createPlaylistParser } from './parse-playlist.ts'

/** Other lines in every run. */
const PLAYLISTS = process.env.TEST_LENGTH === 'long' ? 40 : 2
const LINES = 100_000
const LENGTH_PER_TURN = 100_000

const line = fc.oneof(
  fc.constantFrom(
    ...[
      '#EXTINF:1,',
      '#EXTINF:-1,x',
      '#EXT-X-GAP',
      '#EXT-X-DISCONTINUITY',
      '#EXT-X-ENDLIST',
      '#EXT-X-MEDIA-SEQUENCE:7',
    ],
    ...['#EXT-X-KEY:METHOD=AES-128,URI="k"', '#EXT-X-KEY:METHOD=NONE', '#EXT-X-BYTERANGE:10@0', '#EXT-X-BYTERANGE:1'],
    ...['#EXT-X-MAP:URI="m"', '#EXT-X-DEFINE:NAME="v",VALUE="x"', '{$v}.ts', 'a.ts', 'b.ts?x=1', '', '#', '#EXT-X-'],
    ...['#EXT-X-STREAM-INF:BANDWIDTH=1,AUDIO="a"', '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",URI="a"'],
    ...['#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:00Z', '#EXT-X-SKIP:SKIPPED-SEGMENTS=9', '#EXTM3U'],
  ),
  fc.string({ unit: 'binary', maxLength: 40 }),
)

test('a playlist of 100,000 lines of any mixture never throws, and what is kept of it is bounded', () => {
  fc.assert(
    fc.property(fc.array(line, { minLength: 1, maxLength: 40 }), fc.boolean(), (lines, isMaster) => {
      const taken = isMaster ? lines.filter((one) => !one.startsWith('#EXTINF')) : lines
      const all = Array.from({ length: LINES }, (_, at) => taken[at % Math.max(1, taken.length)] ?? '')
      const parser = createPlaylistParser(['#EXTM3U', ...all].join('\n'))
      while (!parser.advance(LENGTH_PER_TURN));
      const playlist = parser.finish()
      if (playlist.kind === 'media') expect(playlist.segments.length).toBeLessThanOrEqual(MAX_SEGMENTS)
      if (playlist.kind === 'master') expect(playlist.variants.length).toBeLessThanOrEqual(MAX_VARIANTS)
    }),
    { numRuns: PLAYLISTS },
  )
}, 600_000)
