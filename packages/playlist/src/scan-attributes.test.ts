import { describe, expect, test } from '@jest/globals'
import { DEFAULT_LIMITS } from './limits.ts'
import { scanAttributes } from './scan-attributes.ts'

const scan = (text: string) => {
  const skipped: string[] = []
  const { attributes, rest } = scanAttributes(text, 0, {
    limits: DEFAULT_LIMITS,
    onSkip: (reason) => skipped.push(reason),
  })
  return { attributes, rest, skipped }
}

describe('quotes, commas and equals signs', () => {
  const rows: Array<[string, string, Array<[string, string]>, string]> = [
    [
      'double quotes',
      'a="1" b="2",N',
      [
        ['a', '1'],
        ['b', '2'],
      ],
      'N',
    ],
    [
      'single quotes',
      "a='1' b='it is',N",
      [
        ['a', '1'],
        ['b', 'it is'],
      ],
      'N',
    ],
    [
      'typeset quotes',
      'a=“News, 1” b=”2“ c=“3,N',
      [
        ['a', 'News, 1'],
        ['b', '2'],
        ['c', '“3'],
      ],
      'N',
    ],
    [
      'no quotes',
      'a=1 b=2,N',
      [
        ['a', '1'],
        ['b', '2'],
      ],
      'N',
    ],
    [
      'no quotes, several words',
      'a=News World b=2,N',
      [
        ['a', 'News World'],
        ['b', '2'],
      ],
      'N',
    ],
    [
      'no space between',
      'a="1"b="2",N',
      [
        ['a', '1'],
        ['b', '2'],
      ],
      'N',
    ],
    [
      'spaces around =',
      'a = "1"  b= "2" ,N',
      [
        ['a', '1'],
        ['b', '2'],
      ],
      'N',
    ],
    [
      'tab and NBSP between',
      'a="1"\tb="2"\u00a0c="3",N',
      [
        ['a', '1'],
        ['b', '2'],
        ['c', '3'],
      ],
      'N',
    ],
    [
      'comma in value',
      'a="x, y" b="2",N',
      [
        ['a', 'x, y'],
        ['b', '2'],
      ],
      'N',
    ],
    ['comma in name', 'a="1",One, two, three', [['a', '1']], 'One, two, three'],
    [
      'quotes in value',
      'a="say "hi" now" b="2",N',
      [
        ['a', 'say "hi" now'],
        ['b', '2'],
      ],
      'N',
    ],
    [
      'apostrophe in value',
      "a=\"Today's\" b='l'équipe',N",
      [
        ['a', "Today's"],
        ['b', "l'équipe"],
      ],
      'N',
    ],
    ['quotes in name', 'a="1",The "Best" of', [['a', '1']], 'The "Best" of'],
    [
      'closing quote forgotten',
      'a="abc b="X" c="News",N',
      [
        ['a', 'abc'],
        ['b', 'X'],
        ['c', 'News'],
      ],
      'N',
    ],
    [
      'closing quote forgotten before an empty one',
      'a="abc b="" c="3",N',
      [
        ['a', 'abc'],
        ['b', ''],
        ['c', '3'],
      ],
      'N',
    ],
    ['closing quote forgotten at the end', 'a="abc,N', [['a', 'abc']], 'N'],
    [
      'opening quote forgotten',
      'a=abc" b="2",N',
      [
        ['a', 'abc"'],
        ['b', '2'],
      ],
      'N',
    ],
    [
      'value ends with =',
      'a="x b=" c="3",N',
      [
        ['a', 'x b='],
        ['c', '3'],
      ],
      'N',
    ],
    [
      '= and base64 in value',
      'a="http://l/?u=aGk==&x=1" b=http://l/?q==,N',
      [
        ['a', 'http://l/?u=aGk==&x=1'],
        ['b', 'http://l/?q=='],
      ],
      'N',
    ],
    [
      'empty values',
      'a="" b=\'\' c=,N',
      [
        ['a', ''],
        ['b', ''],
        ['c', ''],
      ],
      'N',
    ],
    [
      'commas between attributes',
      'a="1",b="2",N',
      [
        ['a', '1'],
        ['b', '2'],
      ],
      'N',
    ],
    [
      'attributes behind the name',
      ',Name a="1" b="2"',
      [
        ['a', '1'],
        ['b', '2'],
      ],
      'Name',
    ],
    ['no comma', 'a="1" Name of it', [['a', '1']], ' Name of it'],
    ['words that are no attributes', 'foo a="1" bar,N', [['a', '1']], 'N'],
    ['only a name', ',N', [], 'N'],
    ['nothing', '', [], ''],
    ['control characters', 'a="x\u0000y\tz",N', [['a', 'xy z']], 'N'],
  ]
  test.each(rows)('%s', (_, text, attributes, rest) => {
    expect(scan(text)).toEqual({ attributes, rest, skipped: [] })
  })
})

test('the first non-empty duplicate wins, in any spelling, in place of the first', () => {
  expect(scan('TVG-ID="" a="1" tvg_id="x" tvg-id="y" a="2",N').attributes).toEqual([
    ['TVG-ID', 'x'],
    ['a', '1'],
  ])
})

test('keys of the object prototype are plain data', () => {
  const keys = ['__proto__', 'constructor', 'toString', 'hasOwnProperty']
  expect(scan(`${keys.map((key) => `${key}="x"`).join(' ')},N`).attributes).toEqual(keys.map((key) => [key, 'x']))
  expect(({} as Record<string, unknown>).x).toBeUndefined()
})

test('keeps 64 of 10,000 attributes', () => {
  const text = Array.from({ length: 10_000 }, (_, index) => `k${index}="v"`).join(' ')
  const { attributes, rest, skipped } = scan(`${text},N`)
  expect(attributes).toHaveLength(64)
  expect(rest).toBe('N')
  expect(skipped).toHaveLength(10_000 - 64)
})

test('a value or key over its limit is dropped, the others stay', () => {
  const groups = Array.from({ length: 100 }, (_, index) => `Group ${index}`).join(';')
  const { attributes, skipped } = scan(`tvg-id="${'x'.repeat(10_000)}" ${'k'.repeat(65)}="1" group-title="${groups}",N`)
  expect(attributes).toEqual([['group-title', groups]])
  expect(skipped).toEqual(['attribute-too-long', 'attribute-too-long'])
})

describe('lines made to be slow are read in linear time', () => {
  // Quadratic work on the longest line allowed would take minutes and hit the test's own deadline.
  const fill = (text: string) => text.repeat(Math.ceil((1024 * 1024) / text.length))
  test.each(['a="x"y,', "a='x'y,", 'a="', '"', '= ', ' a', 'a', ',a="', 'a =', '   ', 'a="x" y ', '=",'])(
    '%j',
    (text) => {
      expect(scan(fill(text)).attributes.length).toBeLessThanOrEqual(64)
      expect(scan(`a="${fill(text)} ="`).attributes.length).toBeLessThanOrEqual(64)
      expect(scan(`,${fill(text)} ="`).attributes.length).toBeLessThanOrEqual(64)
    },
  )
})
