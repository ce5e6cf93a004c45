import { expect, test } from '@jest/globals'
import { type Sample, StuckWatch } from './stuck-watch.ts'

const MEDIA = { bitsPerSecond: 4_000_000, isPaused: false }

/** The second at which the player counts as stuck. */
function stuckAt(sampleAt: (second: number) => Sample): number | undefined {
  const watch = new StuckWatch()
  for (let second = 0; second < 60; second += 1) if (watch.isStuck(sampleAt(second))) return second
  return undefined
}

test('a video that stands still while media arrives is stuck', () => {
  expect(stuckAt((second) => ({ ...MEDIA, currentTime: Math.min(second, 10) }))).toBe(14)
})

test('a video that has never shown anything is stuck as well', () => {
  expect(stuckAt(() => ({ ...MEDIA, currentTime: 0 }))).toBe(4)
})

test.each<[string, (second: number) => Sample]>([
  ['plays', (second) => ({ ...MEDIA, currentTime: second })],
  ['has nothing to show but null packets', () => ({ ...MEDIA, currentTime: 3, bitsPerSecond: 15_000 })],
  ['was paused by a person', () => ({ ...MEDIA, currentTime: 3, isPaused: true })],
  ['stands still for a moment, again and again', (second) => ({ ...MEDIA, currentTime: Math.floor(second / 3) })],
])('a video that %s is not stuck', (_, sampleAt) => {
  expect(stuckAt(sampleAt)).toBeUndefined()
})
