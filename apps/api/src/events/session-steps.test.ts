import { expect, test } from '@jest/globals'
import type { EdgeEvent } from './edge-events.ts'
import { SessionSteps } from './session-steps.ts'

const ABOUT = { channelId: 'news', sourceId: 'a', streamId: 'a1' }

function createSteps() {
  let nowMs = 0
  const steps = new SessionSteps(() => (nowMs += 10))
  const listen = (...events: EdgeEvent[]): void => events.forEach(steps.listen)
  return { steps, listen }
}

test('lists each step of an attempt and its time, until the channel ends', () => {
  const { steps, listen } = createSteps()
  listen({ type: 'lead-taken', channelId: 'news', isTakeover: false })
  listen({ type: 'slot-taken', ...ABOUT }, { type: 'stream-connecting', ...ABOUT })
  listen({ type: 'stream-failed', code: 'not-found', ...ABOUT }, { type: 'stream-playing', ...ABOUT, channelId: 'x' })
  expect(steps.of('news').map(({ step, at, code }) => [step, at, code])).toEqual([
    ['lead-taken', 10, null],
    ['slot-taken', 20, null],
    ['stream-connecting', 30, null],
    ['stream-failed', 40, 'not-found'],
  ])
  expect(steps.of('news')[1]).toMatchObject({ source: 'a', stream: 'a1' })
  listen({ type: 'channel-ended', channelId: 'news', reason: 'idle' })
  expect([steps.of('news'), steps.of('x').length]).toEqual([[], 1])
})

test('keeps the latest steps of a channel that keeps failing', () => {
  const { steps, listen } = createSteps()
  for (let round = 0; round < 100; round += 1) listen({ type: 'stream-failed', code: String(round), ...ABOUT })
  expect(steps.of('news')).toHaveLength(40)
  expect(steps.of('news').at(-1)?.code).toBe('99')
})
