import { expect, test } from '@jest/globals'
import { TICKS_PER_SECOND, wrapTicks } from '@kptv/mpegts'
import { brokenMediaRules, brokenMultivariantRules, brokenUpdateRules } from '@kptv/testkit'
import fc from 'fast-check'
import { addSegment, endOf, type SegmentList } from '../../packaging/segment-list.ts'
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

test('the bit rates are those of the offered segments', () => {
  const playlist = multivariantPlaylistOf(list, 'live.m3u8')
  expect(playlist).toMatch(/[:,]BANDWIDTH=400000(,|$)/m)
  expect(playlist).toMatch(/AVERAGE-BANDWIDTH=285715/)
  expect(playlist.trimEnd().split('\n').at(-1)).toBe('live.m3u8')
})

test('a short segment before a break is not a peak', () => {
  const short = list.segments.with(-2, { ...list.segments.at(-2)!, durationTicks: 1, bytes: 50_000 })
  const playlist = multivariantPlaylistOf({ ...list, segments: short }, 'live.m3u8')
  const [, peak] = /[:,]BANDWIDTH=(\d+)/.exec(playlist)!
  expect(Number(peak)).toBeLessThan(600_000)
  const first = { ...list, segments: list.segments.slice(0, 1) }
  expect(brokenMultivariantRules(multivariantPlaylistOf({ ...first, targetSeconds: 10 }, 'a'))).not.toContainEqual(
    expect.stringContaining('average'),
  )
})

const cuts = fc.array(
  fc.record({
    durationTicks: fc.integer({ min: 9_000, max: 6.49 * TICKS_PER_SECOND }),
    /** From the end of the segment before; some are another clock. */
    gapTicks: fc.constantFrom(0, 0, 0, 0, 3_600, 9 * TICKS_PER_SECOND, 60 * TICKS_PER_SECOND, -TICKS_PER_SECOND),
    tracks: fc.constantFrom('256:h264', '256:h264', '256:h264,257:aac'),
    bytes: fc.integer({ min: 188, max: 8_000_000 }),
  }),
  { minLength: 2, maxLength: 40 },
)

test('the playlists of any stream follow the rules of RFC 8216 and Apple, one after the other', () => {
  const facts = { codecs: 'avc1.640028', width: 1_920, height: 1_080, framesPerSecond: 25 }
  fc.assert(
    fc.property(cuts, fc.integer({ min: 0, max: 2 ** 33 - 1 }), (given, startTicks) => {
      let list: SegmentList | undefined
      let before: string | undefined
      for (const [index, { gapTicks, ...cut }] of given.entries()) {
        const ticks = list === undefined ? startTicks : wrapTicks(endOf(list.segments.at(-1)!) + gapTicks)
        const segment = { ...cut, ticks, checksum: 1, isIndependent: true, facts }
        list = addSegment(list, segment, { number: 100, targetSeconds: 6, atMs: index * 60_000 })
        const text = mediaPlaylistOf(list)
        expect(brokenMediaRules(text)).toEqual([])
        if (before !== undefined) expect(brokenUpdateRules(before, text)).toEqual([])
        // Apple asks for six segments, as soon as there are so many.
        expect(text.match(/^#EXTINF/gm)!.length).toBeGreaterThanOrEqual(Math.min(6, index + 1))
        expect(brokenMultivariantRules(multivariantPlaylistOf(list, 'live.m3u8'))).toEqual([])
        before = text
      }
    }),
  )
})
