import { expect, test } from '@jest/globals'
import { TICKS_PER_SECOND } from '@kptv/mpegts'
import type { SegmentList } from '../../packaging/segment-list.ts'
import { mediaPlaylistOf, multivariantPlaylistOf } from './hls-playlists.ts'

/** Each of these segments begins after a break. */
const list: SegmentList = {
  targetSeconds: 6,
  facts: { codecs: undefined, width: undefined, height: undefined, framesPerSecond: undefined },
  segments: Array.from({ length: 15 }, (_, index) => ({
    number: 126 + index,
    ticks: 0,
    durationTicks: 4 * TICKS_PER_SECOND,
    bytes: index === 0 ? 1_000_000 : 100_000 + 100_000 * (index % 2),
    checksum: 1,
    atMs: index * 4_000,
    breaks: 26 + index,
    isIndependent: true,
    tracks: '256:h264',
  })),
}

test('the playlist names the newest segments, and counts the breaks before them', () => {
  const playlist = mediaPlaylistOf(list)
  expect(playlist).toContain('#EXT-X-MEDIA-SEQUENCE:134\n#EXT-X-DISCONTINUITY-SEQUENCE:34\n')
  expect(playlist.match(/^#EXT-X-DISCONTINUITY$/gm)).toHaveLength(6)
  expect(playlist.match(/^\d+\.ts$/gm)).toEqual([134, 135, 136, 137, 138, 139, 140].map((number) => `${number}.ts`))
})

test('the bit rates are those of the segments that are offered', () => {
  const playlist = multivariantPlaylistOf(list, 'live.m3u8')
  expect(playlist).toMatch(/[:,]BANDWIDTH=400000(,|$)/m)
  expect(playlist).toMatch(/AVERAGE-BANDWIDTH=285715/)
  expect(playlist.trimEnd().split('\n').at(-1)).toBe('live.m3u8')
})
