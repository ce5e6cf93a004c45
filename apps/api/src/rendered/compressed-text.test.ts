import { randomBytes } from 'node:crypto'
import { Writable } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, test } from '@jest/globals'
import { compressText, sendText } from './compressed-text.ts'

async function* pieces(count: number) {
  for (let index = 0; index < count; index += 1) yield randomBytes(32 * 1024).toString('hex')
}

test('pieces are taken no faster than they are compressed', async () => {
  let asked = 0
  async function* counted() {
    for await (const piece of pieces(200)) {
      asked += 1
      yield piece
    }
  }
  const compressing = compressText(counted())
  await nextTurn()
  expect(asked).toBeLessThan(50)
  const { plainBytes, gzipBytes, chunks } = await compressing
  expect(plainBytes).toBe(200 * 64 * 1024)
  expect(gzipBytes).toBe(chunks.reduce((sum, { length }) => sum + length, 0))
})

test.each(['gzip', 'plain'] as const)('%s: a stalled reader gets little, and may leave', async (as) => {
  const text = await compressText(pieces(100))
  let taken = 0
  const chunks = Object.assign([...text.chunks], {
    *[Symbol.iterator]() {
      for (const chunk of text.chunks) {
        taken += chunk.length
        yield chunk
      }
    },
  })
  const stuck = new Writable({ highWaterMark: 16 * 1024, write() {} })
  const sending = sendText({ ...text, chunks }, stuck, as)
  for (let turn = 0; turn < 100; turn += 1) await nextTurn()
  expect(taken).toBeGreaterThan(0)
  expect(taken).toBeLessThan(text.gzipBytes / 2)
  stuck.destroy()
  await sending
})

test('a text that breaks off is an error, not a shorter text', async () => {
  async function* broken() {
    yield 'one'
    throw new Error('expired')
  }
  await expect(compressText(broken())).rejects.toThrow('expired')
})
