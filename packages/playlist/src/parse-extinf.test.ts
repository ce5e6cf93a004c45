import { describe, expect, test } from '@jest/globals'
import { parseExtInf } from './parse-extinf.ts'

describe('duration', () => {
  test.each([
    ['-1,N', -1],
    ['0,N', -1],
    ['12.5,N', 12.5],
    ['+7 ,N', 7],
    ['NaN,N', -1],
    ['1e309,N', -1],
    ['99999999999999999999,N', -1],
    ['Infinity,N', -1],
    [',N', -1],
    ['-1tvg-id="x",N', -1],
    ['90 tvg-id="x",N', 90],
  ])('%s', (text, durationSeconds) => {
    expect(parseExtInf(text)).toMatchObject({ durationSeconds, name: 'N' })
  })
  test('an attribute right after it is read', () => {
    expect(parseExtInf('-1tvg-id="x",N').attributes).toEqual([['tvg-id', 'x']])
    expect(parseExtInf(' tvg-id="x",N').attributes).toEqual([['tvg-id', 'x']])
  })
})

describe('names', () => {
  test.each([
    ['-1,  One  ', 'One'],
    ['-1\uff0cOne', 'One'],
    ['-1 tvg-id="a\uff0cb"\uff0cOne\uff0cTwo', 'One\uff0cTwo'],
    ['-1,One\uff0cTwo', 'One\uff0cTwo'],
    ['-1,a\u0000b\u0007c\u009bd', 'abcd'],
    ['-1,a\tb\u2028c', 'a b c'],
    ['-1,../../etc/passwd', '../../etc/passwd'],
    ['-1,a/b\\c %2e%2e%2f', 'a/b\\c %2e%2e%2f'],
    ['-1,CON', 'CON'],
    ['-1,%0d%0a <script>', '%0d%0a <script>'],
    ['-1,#EXTINF:-1,x', '#EXTINF:-1,x'],
    ['-1,📺', '📺'],
    ['-1 tvg-name="x"', ''],
    ['-1 Name without comma', 'Name without comma'],
    ['-1,Discovery - Science', 'Discovery - Science'],
  ])('%j', (text, name) => {
    expect(parseExtInf(text).name).toBe(name)
  })
  test('are cut at 256, never inside a character', () => {
    expect(parseExtInf(`-1,${'x'.repeat(10_000)}`).name).toBe('x'.repeat(256))
    expect(parseExtInf(`-1,x${'📺'.repeat(5_000)}`).name).toBe(`x${'📺'.repeat(127)}`)
  })
})
