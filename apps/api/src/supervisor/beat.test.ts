import { expect, test } from '@jest/globals'
import { type Beat, DRAIN_REQUEST, isBeat, isDrainRequest, startBeats } from './beat.ts'

test('a beat reports whether the process is ready, and its id', () => {
  const sent: Beat[] = []
  let incarnation: string | undefined
  const send = (message: Beat, done: (error: Error | null) => void) => {
    sent.push(message)
    done(null)
  }
  const beats = startBeats(send, () => incarnation)
  incarnation = 'a'
  beats.beat()
  expect(sent).toEqual([
    { kind: 'beat', serves: false },
    { kind: 'beat', serves: true, incarnation: 'a' },
  ])
  expect(sent.every(isBeat)).toBe(true)
})

test('a supervisor that does not read gets no more beats', () => {
  const waiting: Array<(error: Error | null) => void> = []
  const beats = startBeats(
    (_, done) => waiting.push(done),
    () => 'a',
  )
  beats.beat()
  expect(waiting).toHaveLength(1)
  waiting[0]?.(null)
  beats.beat()
  expect(waiting).toHaveLength(2)
})

test('without a supervisor no beats are sent', () => {
  expect(() => startBeats(undefined, () => 'a').beat()).not.toThrow()
})

test.each([null, 'beat', {}, { kind: 'beat' }, { kind: 'beat', serves: true, incarnation: { id: 'a' } }])(
  '%j is not a beat',
  (message) => {
    expect(isBeat(message)).toBe(false)
  },
)

test('a request to drain is not a beat, and a beat is not a request to drain', () => {
  expect([isDrainRequest(DRAIN_REQUEST), isBeat(DRAIN_REQUEST)]).toEqual([true, false])
  expect(isDrainRequest({ kind: 'beat', serves: true })).toBe(false)
  expect(isDrainRequest(null)).toBe(false)
})
