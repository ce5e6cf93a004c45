import { expect, test } from '@jest/globals'
import { TextList } from './text-list.ts'

test('gives texts back by number, whatever their length and characters', () => {
  const texts = ['', 'one.uk', 'ÄÖ', '频道', '📺', 'x'.repeat(5_000), '']
  const list = new TextList()
  expect(texts.map((text) => list.add(text))).toEqual([0, 1, 2, 3, 4, 5, 6])
  expect([...list]).toEqual(texts)
  expect(list.size).toBe(7)
  expect([list.at(-1), list.at(7), new TextList().at(0)]).toEqual(['', '', ''])
})

test('holds a hundred thousand texts', () => {
  const list = new TextList()
  for (let number = 0; number < 100_000; number += 1) list.add(`channel-${number}.example`)
  expect([0, 255, 65_536, 99_999].map((number) => list.at(number))).toEqual([
    'channel-0.example',
    'channel-255.example',
    'channel-65536.example',
    'channel-99999.example',
  ])
})
