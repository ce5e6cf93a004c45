import { expect, test } from '@jest/globals'
import {
  type Following,
  noteFetched,
  notePlaylistFailed,
  notePlaylistUnchanged,
  noteSegmentFailed,
  startFollowing,
  takePlaylist,
} from './follow-playlist.ts'
import type { MediaPlaylist } from './model.ts'
import { nextStep } from './next-step.ts'
import { parsePlaylist } from './parse-playlist.ts'

/**
 * `count` segments of 4 s from a sequence number on; names carry the same number unless another is
 * given.
 */
function window(
  first: number,
  count: number,
  more: { readonly name?: number; readonly tags?: string[]; readonly token?: string } = {},
) {
  const { name = first, tags = [], token = '' } = more
  const segments = Array.from({ length: count }, (_, at) => `#EXTINF:4,\n${token}/s${name + at}.ts?t=${token}`)
  const head = ['#EXTM3U', '#EXT-X-TARGETDURATION:4', `#EXT-X-MEDIA-SEQUENCE:${first}`]
  return parsePlaylist([...head, ...segments, ...tags].join('\n')) as MediaPlaylist
}

const fetched = (following: Following, times = 1): Following =>
  times === 0 ? following : fetched(noteFetched(following), times - 1)

const waiting = (following: Following) => following.listed.slice(following.nextIndex).map(({ sequence }) => sequence)

/** Started at 0 ms in a window of ten, all fetched: 10 to 19. */
const atEdge = fetched(takePlaylist(startFollowing(0), window(10, 10), 0), 3)

test('starts three segments before the end, and at the beginning of a complete playlist', () => {
  expect(waiting(takePlaylist(startFollowing(0), window(10, 10), 0))).toEqual([17, 18, 19])
  expect(waiting(takePlaylist(startFollowing(0), window(10, 2), 0))).toEqual([10, 11])
  expect(waiting(takePlaylist(startFollowing(0, 15_000), window(10, 10), 0))).toEqual([16, 17, 18, 19])
  expect(waiting(takePlaylist(startFollowing(0, 60_000), window(10, 2), 0))).toEqual([10, 11])
  const vod = window(0, 5, { tags: ['#EXT-X-ENDLIST'] })
  expect(waiting(takePlaylist(startFollowing(0), vod, 0))).toEqual([0, 1, 2, 3, 4])
})

test('H17: reloads one target duration after a change, half of it otherwise, and not while segments are left', () => {
  expect(nextStep(takePlaylist(startFollowing(0), window(10, 10), 0), 9_000).do).toBe('fetch')
  expect(nextStep(atEdge, 1_000)).toEqual({ do: 'reload', inMs: 3_000 })
  expect(nextStep(takePlaylist(atEdge, window(10, 10), 4_000), 4_500)).toEqual({ do: 'reload', inMs: 1_500 })
  expect(nextStep(notePlaylistUnchanged(atEdge, 4_000), 4_500)).toEqual({ do: 'reload', inMs: 1_500 })
  expect(nextStep(notePlaylistFailed(atEdge, 'passing', 4_000), 4_500)).toEqual({ do: 'reload', inMs: 500 })
})

test('H04, H18: a repeated, an older or a moved playlist sends nothing twice', () => {
  const places = [
    [window(10, 10), [], false],
    [window(8, 10), [], false],
    [window(12, 10), [20, 21], false],
    // Starts again at 0 with continuing names, by which it is recognised.
    [window(0, 5, { name: 18 }), [2, 3, 4], false],
    // Restarts completely: at its edge, as a new input.
    [window(0, 6, { name: 900 }), [3, 4, 5], true],
    // The same numbers for other segments, but the last segment sent is found by name.
    [window(15, 6, { name: 17 }), [18, 19, 20], false],
    // Far ahead: the segments between are lost.
    [window(40, 6), [43, 44, 45], true],
  ] as const
  for (const [playlist, pending, isBroken] of places) {
    const following = takePlaylist(atEdge, playlist, 4_000)
    expect([waiting(following), following.isBroken]).toEqual([pending, isBroken])
  }
})

test('continues with the new numbers after they restart', () => {
  const renumbered = takePlaylist(atEdge, window(0, 2, { name: 18 }), 4_000)
  expect(waiting(renumbered)).toEqual([])
  expect(waiting(takePlaylist(renumbered, window(0, 4, { name: 18 }), 6_000))).toEqual([2, 3])
})

test('a discontinuity, or a segment that does not follow, starts a new input, once', () => {
  const jumped = takePlaylist(atEdge, window(40, 6), 4_000)
  expect(nextStep(jumped, 4_000)).toMatchObject({ do: 'fetch', isNewInput: true })
  expect(nextStep(fetched(jumped), 4_000)).toMatchObject({ do: 'fetch', isNewInput: false })
})

test('H06: a missing segment is tried three times, from the catalogue address after a refusal, then given up', () => {
  let following = takePlaylist(startFollowing(0), window(10, 3), 0)
  following = noteSegmentFailed(following, 'refused', 100)
  expect(nextStep(following, 100)).toEqual({ do: 'restart', inMs: 0 })
  following = takePlaylist(following, window(10, 3, { token: 'new' }), 200)
  expect(nextStep(following, 200)).toMatchObject({ do: 'fetch', inMs: 0, segment: { uri: 'new/s10.ts?t=new' } })
  following = noteSegmentFailed(following, 'refused', 300)
  expect(nextStep(following, 300)).toMatchObject({ do: 'fetch', inMs: 1_000, segment: { sequence: 10 } })
  following = noteSegmentFailed(following, 'refused', 1_300)
  expect(nextStep(following, 1_300)).toMatchObject({
    do: 'fetch',
    inMs: 0,
    isNewInput: true,
    segment: { sequence: 11 },
  })
  following = noteSegmentFailed(noteSegmentFailed(following, 'refused', 1_400), 'passing', 1_500)
  expect(nextStep(following, 1_500)).toEqual({ do: 'fail', code: 'hls-segments-missing' })
})

test('one good segment resets the count of misses', () => {
  const missed = noteSegmentFailed(
    noteSegmentFailed(noteSegmentFailed(takePlaylist(startFollowing(0), window(10, 3), 0), 'passing', 0), 'passing', 1),
    'passing',
    2,
  )
  expect([missed.misses, fetched(missed).misses]).toEqual([1, 0])
})

test('skips a gap without a request', () => {
  const playlist = parsePlaylist('#EXTM3U\n#EXT-X-GAP\n#EXTINF:4,\na.ts\n#EXTINF:4,\nb.ts') as MediaPlaylist
  expect(nextStep(takePlaylist(startFollowing(0), playlist, 0), 0).do).toBe('pass-over')
})

test('P9: a refused playlist restarts at the catalogue address at once, then at most once a second', () => {
  const refused = notePlaylistFailed(atEdge, 'refused', 4_000)
  expect(nextStep(refused, 4_000)).toEqual({ do: 'restart', inMs: 0 })
  expect(nextStep(notePlaylistFailed(refused, 'refused', 4_100), 4_100)).toEqual({ do: 'restart', inMs: 1_000 })
})

test('a playlist that does not grow is a stall, but one late reload is not', () => {
  expect(nextStep(takePlaylist(atEdge, window(10, 10), 60_000), 60_001).do).toBe('reload')
  const late = takePlaylist(takePlaylist(atEdge, window(10, 10), 4_000), window(10, 10), 6_000)
  expect(nextStep(late, 7_000).do).toBe('reload')
  expect(nextStep(late, 7_001)).toEqual({ do: 'fail', code: 'hls-stalled' })
  expect(nextStep(takePlaylist(late, window(11, 10), 7_001), 7_001).do).toBe('fetch')
})

test('H03: three playlists without segments are enough', () => {
  let following = startFollowing(0)
  for (const atMs of [0, 2_000]) following = takePlaylist(following, window(10, 0), atMs)
  expect(nextStep(following, 2_000)).toEqual({ do: 'reload', inMs: 2_000 })
  following = takePlaylist(following, window(10, 0), 4_000)
  expect(nextStep(following, 4_000)).toEqual({ do: 'fail', code: 'hls-empty' })
})

test('H11: the end of the list is the end, after its last segment', () => {
  const ended = takePlaylist(atEdge, window(10, 11, { tags: ['#EXT-X-ENDLIST'] }), 4_000)
  expect(nextStep(ended, 4_000).do).toBe('fetch')
  expect(nextStep(fetched(ended), 4_000)).toEqual({ do: 'end' })
})

test('an unsupported encryption method ends the attempt', () => {
  const playlist = parsePlaylist('#EXTM3U\n#EXT-X-KEY:METHOD=SAMPLE-AES,URI="k"\n#EXTINF:4,\na.ts') as MediaPlaylist
  expect(nextStep(takePlaylist(startFollowing(0), playlist, 0), 0)).toEqual({ do: 'fail', code: 'hls-encryption' })
})
