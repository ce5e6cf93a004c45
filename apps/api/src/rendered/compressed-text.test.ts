import { randomBytes } from 'node:crypto'
import { Writable } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, test } from '@jest/globals'
import { CompressedText, sendText } from './compressed-text.ts'

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
  const text = new CompressedText(counted())
  await nextTurn()
  expect(asked).toBeLessThan(50)
  await text.whole
  expect(text.size?.plain).toBe(200 * 64 * 1024)
  const chunks = await Array.fromAsync(text.chunks())
  expect(text.size?.gzip).toBe(chunks.reduce((sum, { length }) => sum + length, 0))
})

test.each(['gzip', 'plain'] as const)('%s: a stalled reader gets little, and may leave', async (as) => {
  const text = new CompressedText(pieces(100))
  await text.whole
  let taken = 0
  async function* counted() {
    for await (const chunk of text.chunks()) {
      taken += chunk.length
      yield chunk
    }
  }
  const stuck = new Writable({ highWaterMark: 16 * 1024, write() {} })
  const sending = sendText({ chunks: counted }, stuck, as)
  for (let turn = 0; turn < 100; turn += 1) await nextTurn()
  expect(taken).toBeGreaterThan(0)
  expect(taken).toBeLessThan((text.size?.gzip ?? 0) / 2)
  stuck.destroy()
  await sending
})

test('a text that breaks off is an error for every reader, not a shorter text', async () => {
  async function* broken() {
    yield randomBytes(256 * 1024).toString('hex')
    throw new Error('expired')
  }
  const text = new CompressedText(broken())
  await text.begun
  const early = Array.fromAsync(text.chunks())
  await expect(early).rejects.toThrow('expired')
  await expect(Array.fromAsync(text.chunks())).rejects.toThrow('expired')
  await expect(text.whole).rejects.toThrow('expired')
})

test('a text that fails before its first bytes has not started', async () => {
  async function* broken() {
    yield 'one'
    throw new Error('expired')
  }
  await expect(new CompressedText(broken()).begun).rejects.toThrow('expired')
})
