import { expect, test } from '@jest/globals'
import { createSessionSource, stays } from '../../test-support/session-source.ts'

test('all viewers of a channel share one session', async () => {
  const tv = createSessionSource(5)
  const sessions = await Promise.all(Array.from({ length: 50 }, () => tv.open()))
  expect(new Set(sessions).size).toBe(1)
  await tv.stop()
  expect(tv.state.slotsTaken).toBeLessThanOrEqual(1)
})

test('channels share the memory of all rings, and another one is refused when too little would be left', async () => {
  const tv = createSessionSource(100)
  const sessions = await Promise.all(Array.from({ length: 16 }, (_, index) => tv.open(`${index}`)))
  const waiting = sessions.map((session) => session.admit(stays))
  expect(await tv.registry.open('one too many', [tv.stream])).toBeUndefined()
  await tv.stop()
  await Promise.all(waiting)
  expect(tv.registry.bufferedBytes).toBe(0)
  expect(await tv.registry.open('later', [tv.stream])).toBeDefined()
  await tv.stop()
})

test('a channel without viewers makes room for another', async () => {
  const tv = createSessionSource(100)
  await Promise.all(Array.from({ length: 16 }, (_, index) => tv.open(`${index}`)))
  const opening = tv.registry.open('one more', [tv.stream])
  await tv.settle()
  expect(await opening).toBeDefined()
  expect(tv.registry.sessions.size).toBe(16)
  await tv.stop()
})

test('a session that is about to end is replaced by a new one once its slot is free', async () => {
  const tv = createSessionSource(1)
  const { session } = await tv.play()
  const stopped = session.stop()
  const opening = tv.open()
  await tv.settle()
  await stopped
  expect(await opening).not.toBe(session)
  await tv.stop()
  expect(tv.state).toMatchObject({ open: 0, releasedTooEarly: 0 })
})
