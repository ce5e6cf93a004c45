import { expect, test } from '@jest/globals'
import type { SegmentStart } from './segment-piece.ts'
import { createStretchFeeds, type Side } from './stretch-feeds.ts'

const UNKNOWN = { dateMs: undefined, filmMs: undefined }

type Feeds = ReturnType<typeof createStretchFeeds>

/** A segment of one byte, or of many. */
function give(feeds: Feeds, side: Side, content: string | Buffer, more: Partial<SegmentStart> = {}): void {
  const start = {
    container: 'mpegts',
    header: undefined,
    clockTicks: undefined,
    place: UNKNOWN,
    durationMs: 1_000,
  } as const
  feeds.give(side, { ...start, isNewInput: false, isDiscontinuous: false, ...more })
  feeds.give(side, Buffer.from(content))
}

/** What each ffmpeg would get. */
async function stretchesOf(feeds: Feeds): Promise<Array<Record<Side, string>>> {
  feeds.end()
  const all: Array<Record<Side, string>> = []
  for await (const { picture, sound } of feeds.stretches()) {
    const [pictures, sounds] = [await picture.bytes.toArray(), await sound.bytes.toArray()]
    all.push({ picture: Buffer.concat(pictures).toString(), sound: Buffer.concat(sounds).toString() })
  }
  return all
}

const BREAK = { isDiscontinuous: true }

test('segments of both sides in any order are one stretch, also where one was missed', async () => {
  const feeds = createStretchFeeds()
  give(feeds, 'sound', 'a')
  for (const picture of ['1', '2']) give(feeds, 'picture', picture)
  give(feeds, 'sound', 'b', { isNewInput: true })
  expect(await stretchesOf(feeds)).toEqual([{ picture: '12', sound: 'ab' }])
})

const BARE = { container: 'audio' as const }
const MISS = { isNewInput: true }

test.each([
  ['where bare sound was missed, the next stretch begins, for the pictures too at once', 'sound', { clockTicks: 9 }, 2],
  ['where pictures were missed, sound that has times goes on', 'picture', { clockTicks: 9 }, 1],
  ['where pictures were missed, sound that has no times would be out of step', 'picture', {}, 2],
] as const)('%s', async (_, missing, times, count) => {
  const feeds = createStretchFeeds()
  give(feeds, 'sound', 'a', { ...BARE, ...times })
  for (const picture of ['1', '2']) give(feeds, 'picture', picture)
  give(feeds, 'sound', 'b', { ...BARE, ...times, ...(missing === 'sound' ? MISS : {}) })
  give(feeds, 'picture', '3', missing === 'picture' ? MISS : {})
  give(feeds, 'picture', '4')
  give(feeds, 'sound', 'c', { ...BARE, ...times })
  const inTwo = missing === 'sound' ? ['12a', '34bc'] : ['12ab', '34c']
  const stretches = (await stretchesOf(feeds)).map(({ picture, sound }) => picture + sound)
  expect(stretches).toEqual(count === 2 ? inTwo : ['1234abc'])
})

test('where both break, whoever comes first, the next stretch begins', async () => {
  const feeds = createStretchFeeds()
  for (const picture of ['1', '2']) give(feeds, 'picture', picture)
  give(feeds, 'picture', '3', BREAK)
  for (const sound of ['a', 'b']) give(feeds, 'sound', sound)
  give(feeds, 'sound', 'c', BREAK)
  give(feeds, 'sound', 'd')
  expect(await stretchesOf(feeds)).toEqual([
    { picture: '12', sound: 'ab' },
    { picture: '3', sound: 'cd' },
  ])
})

test('a side that does not break is moved on after three more segments', async () => {
  const feeds = createStretchFeeds()
  give(feeds, 'sound', 'a')
  give(feeds, 'picture', '1')
  give(feeds, 'picture', '2', BREAK)
  for (const sound of ['b', 'c', 'd', 'e', 'f']) give(feeds, 'sound', sound)
  expect(await stretchesOf(feeds)).toEqual([
    { picture: '1', sound: 'abcd' },
    { picture: '2', sound: 'ef' },
  ])
})

test('another header or container breaks too, and the header comes first', async () => {
  const feeds = createStretchFeeds()
  const header = (text: string) => ({ container: 'mp4' as const, header: Buffer.from(text) })
  give(feeds, 'picture', '1', header('H'))
  give(feeds, 'picture', '2', header('H'))
  give(feeds, 'picture', '3', header('I'))
  give(feeds, 'sound', 'a')
  give(feeds, 'sound', 'b', { container: 'audio' })
  expect(await stretchesOf(feeds)).toEqual([
    { picture: 'H12', sound: 'a' },
    { picture: 'I3', sound: 'b' },
  ])
})

test('what only one side has is left out', async () => {
  const feeds = createStretchFeeds()
  give(feeds, 'picture', '1')
  give(feeds, 'picture', '2', BREAK)
  give(feeds, 'sound', 'a')
  expect(await stretchesOf(feeds)).toEqual([{ picture: '1', sound: 'a' }])
})

test('four megabytes that wait are enough for a side, over all its stretches', () => {
  const feeds = createStretchFeeds()
  give(feeds, 'picture', Buffer.alloc(3 * 1024 ** 2))
  expect(feeds.isFull('picture')).toBe(false)
  give(feeds, 'picture', Buffer.alloc(2 * 1024 ** 2), BREAK)
  expect([feeds.isFull('picture'), feeds.isFull('sound')]).toEqual([true, false])
  expect([feeds.isStarving('picture'), feeds.isStarving('sound')]).toEqual([true, false])
  give(feeds, 'sound', 'a')
  expect(feeds.isStarving('picture')).toBe(false)
  expect(feeds.isTooMuch('picture')).toBe(false)
  give(feeds, 'picture', Buffer.alloc(44 * 1024 ** 2))
  expect(feeds.isTooMuch('picture')).toBe(true)
  feeds.end()
})
