import { describe, expect, test } from '@jest/globals'
import { parseDuration } from './parse-duration.ts'
import { parseSize } from './parse-size.ts'

describe('parseDuration', () => {
  test.each([
    ['0', 0],
    ['500ms', 500],
    ['5s', 5_000],
    ['30m', 1_800_000],
    ['1h', 3_600_000],
    ['1h30m', 5_400_000],
    ['1.5h', 5_400_000],
    ['0s', 0],
  ])('%s is %i ms', (text, expected) => {
    expect(parseDuration(text)).toBe(expected)
  })

  test.each(['', '5', '-5s', '5 s', ' 5s', '5s ', 's', '5d', '1e3s', '5S', '0x5s', '5s,', '99999999999s'])(
    '%j is refused',
    (text) => {
      expect(parseDuration(text)).toBeUndefined()
    },
  )
})

describe('parseSize', () => {
  test.each([
    ['0', 0],
    ['65536', 65_536],
    ['188B', 188],
    ['1KB', 1_024],
    ['10MB', 10_485_760],
    ['10 mb', 10_485_760],
    ['2GiB', 2_147_483_648],
  ])('%s is %i bytes', (text, expected) => {
    expect(parseSize(text)).toBe(expected)
  })

  test.each(['', '-1', '1.5MB', 'MB', '10TB', '10M', '1e9', '0x10', ' 5 ', '999999999999999GB'])(
    '%j is refused',
    (text) => {
      expect(parseSize(text)).toBeUndefined()
    },
  )
})
