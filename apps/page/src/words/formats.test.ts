import { expect, test } from '@jest/globals'
import { createFormats } from './formats.ts'

const english = createFormats('en')

test.each([
  [0, '0.0'],
  [210_000, '0.2'],
  [8_140_000, '8.1'],
  [99_940_000, '99.9'],
  [412_400_000, '412'],
  [2_400_000_000, '2,400'],
])('%d bit/s are %s Mbit/s', (rate, text) => {
  expect(english.megabits(rate)).toBe(text)
})

test.each([
  [-50, '0 sec'],
  [999, '0 sec'],
  [59_999, '59 sec'],
  [60_000, '1 min'],
  [3_599_000, '59 min'],
  [7_200_000, '2 hr'],
  [86_400_000 * 3, '3 days'],
])('%d ms last %s', (ms, text) => {
  expect(english.duration(ms)).toBe(text)
})

test('German uses a comma, and its own words for what is over', () => {
  const german = createFormats('de')
  expect(german.megabits(8_140_000)).toBe('8,1')
  expect(german.ago(120_000)).toBe('vor 2 Min.')
})
