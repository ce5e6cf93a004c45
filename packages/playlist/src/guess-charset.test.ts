import { expect, test } from '@jest/globals'
import { guessCharset } from './guess-charset.ts'

/** "Россия" in Windows-1251. */
const RUSSIA = [0xd0, 0xee, 0xf1, 0xf1, 0xe8, 0xff]
/** 中央电视台 in GBK. */
const CHINESE = [0xd6, 0xd0, 0xd1, 0xeb, 0xb5, 0xe7, 0xca, 0xd3, 0xcc, 0xa8]
/** "Télé" in Windows-1252. */
const FRENCH = [0x54, 0xe9, 0x6c, 0xe9]
const ADDRESS = [...new TextEncoder().encode('http://h.example/live/1.ts')]

function lines(line: readonly number[], count: number): Uint8Array {
  return new Uint8Array(Array.from({ length: count }, () => [...line, 0x0a]).flat())
}

test('one byte for each letter: 64 bytes above ASCII are evidence of another script, fewer are not', () => {
  expect(guessCharset(lines(RUSSIA, 10))).toBeUndefined()
  expect(guessCharset(lines(RUSSIA, 11))).toBe('windows-1251')
})

test('several bytes for each letter: 24 of them are needed', () => {
  expect(guessCharset(lines(CHINESE, 2))).toBeUndefined()
  expect(guessCharset(lines(CHINESE, 5))).toBe('GB18030')
})

test('single bytes above ASCII among Latin letters are no evidence, however many there are', () => {
  expect(guessCharset(lines(FRENCH, 500))).toBeUndefined()
})

test('text in ASCII is no evidence, and takes none away', () => {
  const mixed = [...RUSSIA, 0x20, ...ADDRESS]
  expect(guessCharset(lines(ADDRESS, 100))).toBeUndefined()
  expect(guessCharset(lines(mixed, 10))).toBeUndefined()
  expect(guessCharset(lines(mixed, 200))).toBe('windows-1251')
})

test('bytes that the encoding does not have rule it out', () => {
  // 0xff begins no letter of GBK.
  expect(guessCharset(lines([...CHINESE, 0x20, 0xff, 0xff], 50))).not.toBe('GB18030')
})

test('nothing is guessed from nothing', () => {
  expect(guessCharset(new Uint8Array(0))).toBeUndefined()
})
