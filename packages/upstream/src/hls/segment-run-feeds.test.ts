import { expect, test } from '@jest/globals'
import type { SegmentStart } from './segment-piece.ts'
import { createSegmentRunFeeds, type Side, VIDEO } from './segment-run-feeds.ts'

const UNKNOWN = { dateMs: undefined, vodMs: undefined }

type Feeds = ReturnType<typeof createSegmentRunFeeds>

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

/** The bytes of each ffmpeg. */
async function runsOf(feeds: Feeds): Promise<Array<Record<'video' | 'audio', string>>> {
  feeds.end()
  const all: Array<Record<'video' | 'audio', string>> = []
  for await (const { video, audio } of feeds.runs()) {
    const [videoBytes, audioBytes] = [await video.bytes.toArray(), await audio[0]!.bytes.toArray()]
    all.push({ video: Buffer.concat(videoBytes).toString(), audio: Buffer.concat(audioBytes).toString() })
  }
  return all
}

const BREAK = { isDiscontinuous: true }

test('segments of both sides in any order are one run, even if one was missed', async () => {
  const feeds = createSegmentRunFeeds()
  give(feeds, 1, 'a')
  for (const video of ['1', '2']) give(feeds, VIDEO, video)
  give(feeds, 1, 'b', { isNewInput: true })
  expect(await runsOf(feeds)).toEqual([{ video: '12', audio: 'ab' }])
})

const PACKED = { container: 'audio' as const }
const MISS = { isNewInput: true }

test.each([
  ['where packed audio was missed, the next run begins, for the video too at once', 'audio', { clockTicks: 9 }, 2],
  ['where video were missed, audio that has times goes on', 'video', { clockTicks: 9 }, 1],
  ['where video were missed, audio that has no times would be out of step', 'video', {}, 2],
] as const)('%s', async (_, missing, times, count) => {
  const feeds = createSegmentRunFeeds()
  give(feeds, 1, 'a', { ...PACKED, ...times })
  for (const video of ['1', '2']) give(feeds, VIDEO, video)
  give(feeds, 1, 'b', { ...PACKED, ...times, ...(missing === 'audio' ? MISS : {}) })
  give(feeds, VIDEO, '3', missing === 'video' ? MISS : {})
  give(feeds, VIDEO, '4')
  give(feeds, 1, 'c', { ...PACKED, ...times })
  const inTwo = missing === 'audio' ? ['12a', '34bc'] : ['12ab', '34c']
  const runs = (await runsOf(feeds)).map(({ video, audio }) => video + audio)
  expect(runs).toEqual(count === 2 ? inTwo : ['1234abc'])
})

test('when both break, whichever comes first, the next run starts', async () => {
  const feeds = createSegmentRunFeeds()
  for (const video of ['1', '2']) give(feeds, VIDEO, video)
  give(feeds, VIDEO, '3', BREAK)
  for (const audio of ['a', 'b']) give(feeds, 1, audio)
  give(feeds, 1, 'c', BREAK)
  give(feeds, 1, 'd')
  expect(await runsOf(feeds)).toEqual([
    { video: '12', audio: 'ab' },
    { video: '3', audio: 'cd' },
  ])
})

test('a side that does not break is moved on after three more segments', async () => {
  const feeds = createSegmentRunFeeds()
  give(feeds, 1, 'a')
  give(feeds, VIDEO, '1')
  give(feeds, VIDEO, '2', BREAK)
  for (const audio of ['b', 'c', 'd', 'e', 'f']) give(feeds, 1, audio)
  expect(await runsOf(feeds)).toEqual([
    { video: '1', audio: 'abcd' },
    { video: '2', audio: 'ef' },
  ])
})

test('another header or container breaks too, and the header comes first', async () => {
  const feeds = createSegmentRunFeeds()
  const header = (text: string) => ({ container: 'mp4' as const, header: Buffer.from(text) })
  give(feeds, VIDEO, '1', header('H'))
  give(feeds, VIDEO, '2', header('H'))
  give(feeds, VIDEO, '3', header('I'))
  give(feeds, 1, 'a')
  give(feeds, 1, 'b', { container: 'audio' })
  expect(await runsOf(feeds)).toEqual([
    { video: 'H12', audio: 'a' },
    { video: 'I3', audio: 'b' },
  ])
})

test('segments that only one side has are left out', async () => {
  const feeds = createSegmentRunFeeds()
  give(feeds, VIDEO, '1')
  give(feeds, VIDEO, '2', BREAK)
  give(feeds, 1, 'a')
  expect(await runsOf(feeds)).toEqual([{ video: '1', audio: 'a' }])
})

test('four waiting megabytes are enough for a side, over all its runs', () => {
  const feeds = createSegmentRunFeeds()
  give(feeds, VIDEO, Buffer.alloc(3 * 1024 ** 2))
  expect(feeds.isFull(VIDEO)).toBe(false)
  give(feeds, VIDEO, Buffer.alloc(2 * 1024 ** 2), BREAK)
  expect([feeds.isFull(VIDEO), feeds.isFull(1)]).toEqual([true, false])
  expect([feeds.isStarving(VIDEO), feeds.isStarving(1)]).toEqual([true, false])
  give(feeds, 1, 'a')
  expect(feeds.isStarving(VIDEO)).toBe(false)
  expect(feeds.isTooMuch(VIDEO)).toBe(false)
  give(feeds, VIDEO, Buffer.alloc(44 * 1024 ** 2))
  expect(feeds.isTooMuch(VIDEO)).toBe(true)
  feeds.end()
})
