import { expect, test } from '@jest/globals'
import { threeLetterLanguage } from './language.ts'

test.each([
  ['en', 'eng'],
  ['es', 'spa'],
  ['DE', 'deu'],
  ['pt-BR', 'por'],
  ['zh-Hans', 'zho'],
  ['fra', 'fra'],
  ['xx', undefined],
  ['', undefined],
  ['english', undefined],
  ['e', undefined],
])('%j is %j in a transport stream', (tag, code) => {
  expect(threeLetterLanguage(tag)).toBe(code)
})
