import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  type Following,
  noteFetched,
  notePassedOver,
  notePlaylistUnchanged,
  noteSegmentFailed,
  pendingMs,
  startFollowing,
  takePlaylist,
} from './follow-playlist.ts'
import type { MediaPlaylist } from './model.ts'
import { nextStep } from './next-step.ts'
import { createPlaylistParser, parsePlaylist } from './parse-playlist.ts'

const HEAD = '#EXTM3U\n#EXT-X-TARGETDURATION:1\n'

/** A VOD whose list counts how often it is read. */
function counted(text: string) {
  const playlist = parsePlaylist(text) as MediaPlaylist
  const work = { reads: 0 }
  const segments = new Proxy(playlist.segments as object[], {
    get(target, key, receiver) {
      if (typeof key === 'string' && /^\d+$/.test(key)) work.reads += 1
      return Reflect.get(target, key, receiver)
    },
  })
  return { playlist: { ...playlist, segments } as unknown as MediaPlaylist, work }
}

/** Walks to the end, everything fetched. */
function walk(text: string): { readonly steps: number; readonly reads: number } {
  const { playlist, work } = counted(text)
  let following: Following = takePlaylist(startFollowing(0), playlist, 0)
  work.reads = 0
  let steps = 0
  for (let step = nextStep(following, 0); step.do !== 'end'; step = nextStep(following, 0)) {
    if (step.do !== 'fetch' && step.do !== 'pass-over') throw new Error(step.do)
    following = step.do === 'fetch' ? noteFetched(following) : notePassedOver(following)
    pendingMs(following)
    steps += 1
  }
  return { steps, reads: work.reads }
}

const KINDS: ReadonlyArray<[string, (index: number) => string]> = [
  ['segments', (index) => `#EXTINF:1,\n${index}.ts`],
  ['segments of one name', () => '#EXTINF:1,\na.ts'],
  ['gaps', (index) => `#EXT-X-GAP\n#EXTINF:1,\n${index}.ts`],
  ['gaps between segments', (index) => `${index % 2 === 0 ? '#EXT-X-GAP\n' : ''}#EXTINF:1,\n${index}.ts`],
  ['discontinuities', (index) => `#EXT-X-DISCONTINUITY\n#EXTINF:1,\n${index}.ts`],
]

const listOf = (line: (index: number) => string, count: number): string =>
  `${HEAD}${Array.from({ length: count }, (_, index) => line(index)).join('\n')}\n#EXT-X-ENDLIST\n`

describe('walking through a playlist costs a few reads per segment, for any number of segments', () => {
  test.each(KINDS)('%s', (_name, line) => {
    for (const count of [5_000, 10_000, 20_000]) expect(walk(listOf(line, count)).reads).toBeLessThan(30 * count)
  })

  test('20,000 gaps are passed in one step', () => {
    expect(walk(listOf(KINDS[2]![1], 20_000)).steps).toBe(1)
  })

  test('keeps only the newest of 100,000 segments', () => {
    expect(walk(listOf(KINDS[0]![1], 100_000)).steps).toBe(20_000)
  })
})

test('reading a playlist in portions gives the same result', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...KINDS), { maxLength: 200 }),
      fc.integer({ min: 1, max: 500 }),
      (kinds, size) => {
        const text = `${HEAD}${kinds.map(([, line], index) => line(index)).join('\n')}`
        const parser = createPlaylistParser(text)
        while (!parser.advance(size));
        expect(parser.finish()).toEqual(parsePlaylist(text))
      },
    ),
  )
})

test('long playlists of any mixture end after as many steps as they have segments, failures included', () => {
  const outcome = fc.constantFrom('fetched', 'fetched', 'fetched', 'refused', 'passing', 'unchanged')
  const mixture = fc.array(fc.constantFrom(...KINDS), { minLength: 1, maxLength: 5 })
  fc.assert(
    fc.property(
      mixture,
      fc.array(outcome, { minLength: 1, maxLength: 7 }),
      // Reading the playlist again after a refusal costs as much as the playlist is long: the steps
      // are counted here, and a longer playlist has no others.
      fc.integer({ min: 1, max: 1_000 }),
      (kinds, outcomes, count) => {
        const playlist = parsePlaylist(
          listOf((index) => kinds[index % kinds.length]![1](index), count),
        ) as MediaPlaylist
        let following: Following = takePlaylist(startFollowing(0), playlist, 0)
        let steps = 0
        for (;;) {
          const step = nextStep(following, steps)
          if (step.do === 'end' || step.do === 'fail') break
          const result = outcomes[steps % outcomes.length]
          if (step.do === 'restart') following = takePlaylist(following, playlist, steps)
          else if (step.do === 'pass-over') following = notePassedOver(following)
          else if (result === 'fetched') following = noteFetched(following)
          else if (result === 'unchanged') following = noteFetched(notePlaylistUnchanged(following, steps))
          else following = noteSegmentFailed(following, result as 'refused' | 'passing', steps)
          steps += 1
        }
        expect(steps).toBeLessThanOrEqual(4 * count + 4)
      },
    ),
    { numRuns: 30 },
  )
})
