import { afterEach, expect, test } from '@jest/globals'
import { fetchListFrom } from './fetch-list.ts'
import { openInternalPort } from './internal-port.ts'
import { answerListQuestion, readListAnswer, writeListQuestion } from './list-request.ts'

const open: AsyncDisposable[] = []
afterEach(async () => {
  for (const each of open.splice(0)) await each[Symbol.asyncDispose]()
})

const listOf = (channelId: string): string | undefined => (channelId === 'c 1' ? '{"segments":[]}' : undefined)

async function portOf(key: string): Promise<string> {
  const port = await openInternalPort({ host: undefined, port: 0, localAddress: '127.0.0.1' })
  open.push(port)
  port.offerSegments({ held: () => undefined, listOf })
  port.answerFor({ key, hasLeft: () => false })
  return port.url
}

test('another node gets the list of a channel that this node leads, and of no other channel', async () => {
  const internalUrl = await portOf('key')
  expect(await fetchListFrom({ internalUrl, internalKey: 'key' }, 'c 1')).toBe('{"segments":[]}')
  expect(await fetchListFrom({ internalUrl, internalKey: 'key' }, 'c 2')).toBeUndefined()
})

test('returns nothing without the key, without a record, or if nobody listens', async () => {
  const internalUrl = await portOf('key')
  expect(await fetchListFrom({ internalUrl, internalKey: 'other' }, 'c 1')).toBeUndefined()
  expect(await fetchListFrom({}, 'c 1')).toBeUndefined()
  await open.pop()![Symbol.asyncDispose]()
  expect(await fetchListFrom({ internalUrl, internalKey: 'key' }, 'c 1')).toBeUndefined()
})

test('an altered request gets no answer, and an altered answer is ignored', () => {
  const seal = { key: 'key', nonce: 'n' }
  const question = writeListQuestion('c 1', seal)
  const answer = answerListQuestion(question, 'key', listOf)!
  expect(readListAnswer(answer, 'c 1', seal)).toBe('{"segments":[]}')
  for (const changed of [
    question.replace('nonce=n', 'nonce=m'),
    question.replace('c+1', 'c+2'),
    '/segments',
    '/segments?',
  ])
    expect(answerListQuestion(changed, 'key', listOf)).toBeUndefined()
  for (const changed of [answer.replace('[]', '[1]'), '', '{}', '[1]'])
    expect(readListAnswer(changed, 'c 1', seal)).toBeUndefined()
  expect(readListAnswer(answer, 'c 1', { ...seal, nonce: 'm' })).toBeUndefined()
})
