import { afterEach, expect, test } from '@jest/globals'
import { fetchSegmentFrom } from './fetch-segment.ts'
import { type HeldSegments, openInternalPort } from './internal-port.ts'
import { readSegmentQuestion, type SegmentRef, writeSegmentQuestion } from './segment-request.ts'

const open: AsyncDisposable[] = []
afterEach(async () => {
  for (const each of open.splice(0)) await each[Symbol.asyncDispose]()
})

const PARTS = [Buffer.alloc(188, 1), Buffer.alloc(376, 2)]
const SEGMENT = { channelId: 'c 1', format: 'ts', number: 7, bytes: 564 } as const

async function portWith(held: HeldSegments, key = 'key'): Promise<string> {
  const port = await openInternalPort({ host: undefined, port: 0, localAddress: '127.0.0.1' })
  open.push(port)
  port.offerSegments({ held, listOf: () => undefined })
  port.answerFor({ key, hasLeft: () => false })
  return port.url
}

const hasIt: HeldSegments = ({ channelId, format, number }) =>
  channelId === 'c 1' && format === 'ts' && number === 7 ? PARTS : undefined

test('another node gets the segment as it is stored', async () => {
  const internalUrl = await portWith(hasIt)
  const parts = await fetchSegmentFrom({ internalUrl, internalKey: 'key' }, SEGMENT)
  expect(Buffer.concat(parts!).equals(Buffer.concat(PARTS))).toBe(true)
})

test.each<[string, Partial<SegmentRef & { readonly bytes: number }>, string]>([
  ['it is not held', { number: 8 }, 'key'],
  ['it is not held in this format', { format: 'fmp4' }, 'key'],
  ['it has another length', { bytes: 188 }, 'key'],
  ['the asking node does not know the key', {}, 'other'],
  ['the node has no record', {}, ''],
])('returns nothing if %s', async (_, segment, internalKey) => {
  const internalUrl = await portWith(hasIt)
  expect(await fetchSegmentFrom({ internalUrl, internalKey }, { ...SEGMENT, ...segment })).toBeUndefined()
})

test('returns nothing if nobody listens there', async () => {
  const internalUrl = await portWith(hasIt)
  await open.pop()![Symbol.asyncDispose]()
  expect(await fetchSegmentFrom({ internalUrl, internalKey: 'key' }, SEGMENT)).toBeUndefined()
})

test('a request is read as it was written, and an altered one is refused', () => {
  const question = writeSegmentQuestion(SEGMENT, { key: 'key', nonce: 'n' })
  expect(readSegmentQuestion(question, 'key')).toEqual({ channelId: 'c 1', format: 'ts', number: 7 })
  const other = { ...SEGMENT, format: 'fmp4-aac' } as const
  expect(readSegmentQuestion(writeSegmentQuestion(other, { key: 'key', nonce: 'n' }), 'key')).toEqual({
    channelId: 'c 1',
    format: 'fmp4-aac',
    number: 7,
  })
  for (const changed of [
    question.replace('number=7', 'number=8'),
    question.replace('nonce=n', 'nonce=m'),
    '/segment',
    '/slot/left?',
    `${question}${'x'.repeat(600)}`,
  ])
    expect(readSegmentQuestion(changed, 'key')).toBeUndefined()
})
