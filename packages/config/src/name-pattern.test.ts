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
    expect(compilePattern(pattern)?.fits(`${'a'.repeat(50_000)}!`)).toBe(false)
  },
)
