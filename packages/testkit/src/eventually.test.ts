import { expect, test } from '@jest/globals'
import { eventually } from './eventually.ts'

test('returns the first truthy result of the condition', async () => {
  let looks = 0
  expect(await eventually('three looks', () => (++looks === 3 ? 'here' : undefined), { everyMs: 1 })).toBe('here')
})

test('an error counts as "not yet"', async () => {
  let looks = 0
  const third = () => (++looks === 3 ? 'here' : Promise.reject(new Error('not yet')))
  expect(await eventually('the third look passes', third, { everyMs: 1 })).toBe('here')
})

test('the failure contains the description and the last value', async () => {
  const never = eventually('the provider sees one connection', () => 0, { deadlineMs: 5, everyMs: 1 })
  await expect(never).rejects.toThrow('Not within 5 ms: the provider sees one connection (last answer: 0)')
  const cause = new Error('boom')
  const failing = eventually('it works', () => Promise.reject(cause), { deadlineMs: 5, everyMs: 1 })
  await expect(failing).rejects.toMatchObject({ message: expect.stringContaining('last error: boom'), cause })
})
