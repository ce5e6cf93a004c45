import { expect, test } from '@jest/globals'
import type { ChainableCommander } from 'ioredis'
import { execOrThrow } from './exec-or-throw.ts'

const answering = (answers: Array<[Error | null, unknown]> | null) =>
  ({ exec: async () => answers }) as unknown as ChainableCommander

test('returns the answers in order', async () => {
  const answers: Array<[null, unknown]> = [
    [null, 'OK'],
    [null, 1],
  ]
  expect(await execOrThrow(answering(answers))).toEqual(['OK', 1])
  expect(await execOrThrow(answering(null))).toEqual([])
})

test('throws the first error of a command, which exec() only lists', async () => {
  const full = new Error('OOM command not allowed')
  await expect(
    execOrThrow(
      answering([
        [null, 1],
        [full, undefined],
        [new Error('second'), undefined],
      ]),
    ),
  ).rejects.toBe(full)
})
