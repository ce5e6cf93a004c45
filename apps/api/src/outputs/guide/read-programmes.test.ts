import { expect, test } from '@jest/globals'
import { guideAnswer, guideNowAnswer } from '@kptv/contract'
import type { Programme } from '@kptv/guide'
import { createBoundedQueue } from '../../rendered/bounded-queue.ts'
import { createProgrammeReader } from './read-programmes.ts'

const HOUR_MS = 3_600_000
const startMs = Date.UTC(2026, 0, 1)
const present = () => new AbortController().signal

/** One programme per hour, with the body that the test gives. */
const day = (body: (hour: number) => string): Programme[] =>
  Array.from({ length: 24 }, (_, hour) => ({
    startMs: startMs + hour * HOUR_MS,
    stopMs: startMs + (hour + 1) * HOUR_MS,
    body: body(hour),
  }))

function readerOf(programmes: Readonly<Record<string, readonly Programme[]>>, number: number | undefined = 1) {
  return createProgrammeReader({
    current: async () => number,
    async *programmes(_number, ids) {
      yield* ids.map((id) => [...(programmes[id] ?? [])])
    },
  })
}

const titled = day((hour) => `<title>No. ${hour} &amp; more</title><desc>Long</desc><category>News</category>`)

test('lists the programmes of a window for each channel, in the order of the request', async () => {
  const window = { fromMs: startMs + 1.5 * HOUR_MS, toMs: startMs + 3 * HOUR_MS }
  const answer = await readerOf({ a: titled }).window(['b', 'a'], window, present())
  expect(guideAnswer.parse(answer)).toEqual({
    from: '2026-01-01T01:30:00.000Z',
    to: '2026-01-01T03:00:00.000Z',
    complete: true,
    channels: [
      { id: 'b', programmes: [] },
      {
        id: 'a',
        programmes: [1, 2].map((hour) => ({
          start: `2026-01-01T0${hour}:00:00.000Z`,
          stop: `2026-01-01T0${hour + 1}:00:00.000Z`,
          title: `No. ${hour} & more`,
          description: 'Long',
          categories: ['News'],
        })),
      },
    ],
  })
})

test('finds what is on now and next, at the edges of programmes and of the guide', async () => {
  const reader = readerOf({ a: titled })
  const titles = async (atMs: number) => {
    const answer = guideNowAnswer.parse(await reader.now(['a'], atMs, present()))
    return [answer.channels[0]?.now?.title, answer.channels[0]?.next?.title]
  }
  expect(await titles(startMs + HOUR_MS)).toEqual(['No. 1 & more', 'No. 2 & more'])
  expect(await titles(startMs - 1)).toEqual([undefined, 'No. 0 & more'])
  expect(await titles(startMs + 24 * HOUR_MS - 1)).toEqual(['No. 23 & more', undefined])
  expect(await titles(startMs + 24 * HOUR_MS)).toEqual([undefined, undefined])
})

test('before the first guide all channels are listed without programmes', async () => {
  const answer = await readerOf({}, undefined).now(['a'], startMs, present())
  expect(answer.channels).toEqual([{ id: 'a' }])
})

test('an answer is bounded, and says so', async () => {
  const long = day(() => `<title>${'x'.repeat(50_000)}</title>`)
  const programmes = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`c${index}`, long]))
  const window = { fromMs: startMs, toMs: startMs + 24 * HOUR_MS }
  const answer = await readerOf(programmes).window(Object.keys(programmes), window, present())
  expect(answer.complete).toBe(false)
  expect(answer.channels).toHaveLength(20)
  expect(JSON.stringify(answer).length).toBeLessThan(5 * 1024 * 1024)
})

test('a request that would wait too long is refused, and a client that has left causes no reads', async () => {
  const reader = createProgrammeReader(
    { current: async () => 1, async *programmes() {} },
    createBoundedQueue({ concurrency: 1, maxPending: 1 }),
  )
  const first = reader.now(['a'], startMs, present())
  await expect(reader.now(['a'], startMs, present())).rejects.toMatchObject({ code: 'QUEUE_FULL' })
  await first
  await expect(reader.now(['a'], startMs, AbortSignal.abort(new Error('left')))).rejects.toThrow('left')
})
