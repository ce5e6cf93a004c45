import { expect, test } from '@jest/globals'
import { compilePattern } from './name-pattern.ts'

test.each([
  ['^News', 'News 24', true],
  ['^News', 'BBC News', false],
  ['(?i)sport', 'SKY SPORT', true],
  ['\\bHD\\b', 'HDTV', false],
  ['قناة', 'القناة 1', true],
])('%s in %s: %s', (pattern, name, fits) => {
  expect(compilePattern(pattern)?.fits(name)).toBe(fits)
})

test('returns the named groups of the first part that matches', () => {
  const pattern = compilePattern('(?P<title>[a-z]+)(?<hour>\\d)?')
  expect(pattern?.groups).toEqual(['title', 'hour'])
  expect(pattern?.partsOf('-- ab7 cd')).toEqual({ title: 'ab', hour: '7' })
  expect(pattern?.partsOf('ab')).toEqual({ title: 'ab', hour: '' })
  expect(pattern?.partsOf('12')).toBeUndefined()
})

test.each(['', '(', '[a', 'a{2,1}', '*', '(?=a)', '(?<!a)b', '(a)\\1', 'x'.repeat(1_001), 'a{1,100000}'])(
  '%j is not a pattern',
  (pattern) => {
    expect(compilePattern(pattern)).toBeUndefined()
  },
)

// A backtracking engine would need longer than the age of the universe.
test.each(['(a+)+$', '(a|aa)+$', '(a*)*b', '(.*a){20}$', '([a-z]+)*\\d$', '^(\\s|a)+$'])(
  '%s is fast on a name built to be slow',
  (pattern) => {
    const name = `${'a'.repeat(50_000)}!`
    expect(compilePattern(pattern)?.fits(name)).toBe(false)
    expect(compilePattern(pattern)?.partsOf(name)).toBeUndefined()
  },
)
