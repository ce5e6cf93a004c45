import { expect, test } from '@jest/globals'
import { createRecorder } from './record-outcomes.ts'

test('an outage is reported once, and so is the next one', async () => {
  const reasons: unknown[] = []
  const record = createRecorder({ warn: (facts: unknown) => void reasons.push(facts) })
  for (let attempt = 0; attempt < 3; attempt += 1) await record(Promise.reject(new Error('Redis is away')))
  expect(reasons).toEqual([{ reason: 'Redis is away' }])
  await record(Promise.resolve())
  await record(Promise.reject(new Error('Redis is full')))
  expect(reasons).toEqual([{ reason: 'Redis is away' }, { reason: 'Redis is full' }])
})
