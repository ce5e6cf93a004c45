import { expect, test } from '@jest/globals'
import { MediaRing } from '../media/media-ring.ts'
import { createBacklog } from './backlog.ts'

const packets = (count: number): Buffer => Buffer.alloc(188 * count, 0x47)
const news = { streamId: 'news', offsetTicks: 0 }

function start() {
  const ring = new MediaRing({ capacityBytes: 1024 * 1024, now: () => 0 })
  const backlog = createBacklog(ring)
  const append = (origin: typeof news | undefined, count: number, joinPoints: number[]): void => {
    backlog.noteOrigin(origin)
    ring.append(packets(count), joinPoints)
  }
  return { backlog, append }
}

test('is what was played last, from the newest join point on, with its origin', () => {
  const { backlog, append } = start()
  append(news, 3, [188])
  append(news, 2, [])
  expect(backlog.read()).toEqual({ packets: packets(4), joinPoints: [0], origin: news })
})

test('does not reach back to another origin', () => {
  const { backlog, append } = start()
  append(news, 3, [0])
  append({ ...news, offsetTicks: 90 }, 3, [])
  expect(backlog.read()).toBeUndefined()
})

test('is none without an origin: others could not tell what of it they have had, and would play it again', () => {
  const { backlog, append } = start()
  append(undefined, 3, [0])
  expect(backlog.read()).toBeUndefined()
  append(news, 3, [0])
  append(undefined, 3, [0])
  expect(backlog.read()).toBeUndefined()
})
