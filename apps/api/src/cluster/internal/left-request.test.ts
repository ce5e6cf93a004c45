import { describe, expect, test } from '@jest/globals'
import { type Asking, answerQuestion, isProofOfLeaving, writeQuestion } from './left-request.ts'

const question = { incarnation: 'a1', slotId: 's1', accountId: 'acc/1 &', channelId: 'c1' }
const slot = { slotId: 's1', accountId: 'acc/1 &', channelId: 'c1' }
const seal = { key: 'k1', nonce: 'n1' }
const asked = writeQuestion(question, seal)
const who = (left: boolean, key = 'k1'): Asking => ({ key, hasLeft: () => left })

test('the process that holds the key reports whether it has left the slot', () => {
  const seen: unknown[] = []
  const hasLeft = (of: object): boolean => seen.push(of) > 0
  const answer = answerQuestion(asked, { key: 'k1', hasLeft })
  expect(seen).toEqual([slot])
  expect(isProofOfLeaving(answer ?? '', question, seal)).toBe(true)
  expect(isProofOfLeaving(answerQuestion(asked, who(false)) ?? '', question, seal)).toBe(false)
})

test('no message contains its key', () => {
  const secret = 'f00d'.repeat(8)
  const path = writeQuestion(question, { key: secret, nonce: 'n1' })
  expect(path + answerQuestion(path, who(true, secret))).not.toContain(secret)
})

describe('no other process answers', () => {
  test.each<[string, string]>([
    ['a question for another one', writeQuestion(question, { ...seal, key: 'k2' })],
    ['one that was changed on its way', asked.replace('slotId=s1', 'slotId=s2')],
    ['one with an old proof', asked.replace('nonce=n1', 'nonce=n2')],
    ['one without a proof', asked.replace(/&proof=.*/, '')],
    ['one with a part missing', asked.replace('channelId=c1', 'channelId=')],
    ['another path', asked.replace('/slot/', '/')],
    ['no query', '/slot/left'],
    ['rubbish', '%%%?%zz=\0'],
    ['nothing', ''],
    ['too much', `${asked}&more=${'x'.repeat(2000)}`],
  ])('%s', (_, target) => {
    expect(answerQuestion(target, who(true))).toBeUndefined()
  })
})

describe('only the exact answer is proof', () => {
  const answer = answerQuestion(asked, who(true)) ?? ''
  const { proof } = JSON.parse(answer)
  const denial = JSON.parse(answerQuestion(asked, who(false)) ?? '')

  test.each<[string, string, string]>([
    ['to an earlier question', answer, 'n2'],
    ['a denial with its words turned round', JSON.stringify({ ...denial, left: true }), 'n1'],
    ['without a proof', '{"left":true}', 'n1'],
    ['with half a proof', JSON.stringify({ left: true, proof: proof.slice(0, 32) }), 'n1'],
    ['a proof of another type', JSON.stringify({ left: true, proof: [proof] }), 'n1'],
    ['not quite yes', JSON.stringify({ left: 'true', proof }), 'n1'],
    ['null', 'null', 'n1'],
    ['a page', '<html>', 'n1'],
    ['nothing', '', 'n1'],
  ])('%s', (_, text, nonce) => {
    expect(isProofOfLeaving(text, question, { ...seal, nonce })).toBe(false)
  })

  test('for another slot', () => {
    expect(isProofOfLeaving(answer, { ...question, slotId: 's2' }, seal)).toBe(false)
  })

  test('for that very slot', () => {
    expect(isProofOfLeaving(answer, question, seal)).toBe(true)
  })
})
