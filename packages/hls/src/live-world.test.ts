import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { type Following, noteFetched, noteSegmentFailed, startFollowing, takePlaylist } from './follow-playlist.ts'
import type { MediaPlaylist } from './model.ts'
import { nextStep } from './next-step.ts'
import { parsePlaylist } from './parse-playlist.ts'

/**
 * A live server at a point in time: one segment per target duration, a window of six, sometimes
 * with different numbers.
 */
function playlistAt(nowMs: number, offset: number): MediaPlaylist {
  const newest = 100 + Math.floor(nowMs / 2_000)
  const names = Array.from({ length: 6 }, (_, at) => newest - 5 + at)
  const text = names.map((name) => `#EXTINF:2,\ns${name}.ts`).join('\n')
  const head = `#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:${newest - 5 + offset}\n`
  return parsePlaylist(head + text) as MediaPlaylist
}

test('with any numbering and any failures, each segment is sent at most once, in order, without busy loops', () => {
  const event = fc.record({
    offset: fc.constantFrom(0, 0, 0, -90, 5_000),
    lagMs: fc.constantFrom(0, 0, 0, 2_000, 4_000),
    fails: fc.constantFrom(false, false, false, true),
    tookMs: fc.integer({ min: 10, max: 3_000 }),
  })
  fc.assert(
    fc.property(fc.array(event, { minLength: 20, maxLength: 120 }), (events) => {
      let nowMs = 10_000
      let following: Following = startFollowing(nowMs)
      const names: number[] = []
      let requests = 0
      for (const { offset, lagMs, fails, tookMs } of events) {
        const step = nextStep(following, nowMs)
        if (step.do === 'fail' || step.do === 'end') return
        nowMs += 'inMs' in step ? step.inMs : 0
        if (step.do === 'fetch') {
          if (fails) following = noteSegmentFailed(following, 'refused', nowMs)
          else {
            names.push(Number(/s(\d+)/.exec(step.segment.uri)?.[1]))
            following = noteFetched(following)
          }
        } else following = takePlaylist(following, playlistAt(nowMs - lagMs, offset), nowMs)
        requests += 1
        nowMs += tookMs
      }
      expect(names).toEqual([...new Set(names)].sort((one, other) => one - other))
      expect(requests).toBe(events.length)
    }),
    { numRuns: 300 },
  )
})
