import { expect, test } from '@jest/globals'
import { compileEventPatterns } from './event-patterns.ts'
import { parseSourcesFile } from './parse-sources-file.ts'

const SOURCE = 'sources:\n  - name: One\n    url: http://one.example/a.m3u\n'

test('guides are in order of priority, then as written, with zone and shift', () => {
  const { guides, problems } = parseSourcesFile({
    text: `${SOURCE}guides:
  - { name: Plain, url: "http://g.example/a.xml" }
  - { name: Best, url: "https://user:password-7@g.example/b.xml", priority: 1, timeZone: Europe/Berlin, shift: -1.5 }
guideMap:
  BBC One: bbc1.uk
  Shop: ""
`,
  })
  expect(problems).toEqual([])
  expect(guides.guides.map(({ name, timeZone, shiftMs }) => ({ name, timeZone, shiftMs }))).toEqual([
    { name: 'Best', timeZone: 'Europe/Berlin', shiftMs: -5_400_000 },
    { name: 'Plain', timeZone: undefined, shiftMs: 0 },
  ])
  expect(guides.guides[0]?.secrets).toContain('password-7')
  expect(guides.map).toEqual({ 'BBC One': 'bbc1.uk', Shop: '' })
})

test.each([
  ['guides:\n  - { name: A }\n', 5, /url/],
  ['guides:\n  - { name: A, url: "ftp://g" }\n', 5, /http/],
  ['guides:\n  - { name: A, url: "http://g/", timeZone: Europe/Atlantis }\n', 5, /time zone/],
  ['guides:\n  - { name: A, url: "http://g/", shift: 25 }\n', 5, /hours/],
  ['guideMap: [a]\n', 4, /channels/],
  ['eventNames: a\n', 4, /patterns/],
  ['eventNames:\n  - pattern: "^PPV (.+)"\n', 5, /title/],
  ['eventNames:\n  - pattern: "(?P<title>.+) (?P<time>.+)"\n', 5, /title/],
  ['eventNames:\n  - pattern: "(?P<title>.+)(?=a)"\n', 5, /RE2/],
  ['eventNames:\n  - { pattern: "(?P<title>.+)", timeZone: Europe/Atlantis }\n', 5, /time zone/],
  ['eventNames:\n  - { pattern: "(?P<title>.+)", length: 2d }\n', 5, /24h/],
])('%j is refused with its line', (text, line, message) => {
  const { problems, guides } = parseSourcesFile({ text: `${SOURCE}${text}` })
  expect(problems).toEqual([{ line, message: expect.stringMatching(message) }])
  expect(guides.guides).toEqual([])
})

test('a source sets how the times of its guide are read', () => {
  const { sources } = parseSourcesFile({ text: `${SOURCE}    guideTimeZone: Europe/Rome\n    guideShift: 2\n` })
  expect(sources[0]).toMatchObject({ guideTimeZone: 'Europe/Rome', guideShiftMs: 7_200_000 })
})

test('names of event channels are read by patterns in order, for three hours unless they say otherwise', () => {
  const { guides, problems } = parseSourcesFile({
    text: `${SOURCE}eventNames:
  - { pattern: "^PPV: (?P<title>.+) (?P<hour>[0-9]+):(?P<minute>[0-9]+)", timeZone: America/New_York, length: 90m }
  - pattern: "^Event (?<title>.+)"
`,
  })
  expect(problems).toEqual([])
  const compiled = compileEventPatterns(guides.eventNames)
  expect(compiled.map(({ zone, lengthMs }) => [zone, lengthMs])).toEqual([
    ['America/New_York', 5_400_000],
    [0, 10_800_000],
  ])
  expect(compiled.map(({ partsOf }) => partsOf('PPV: One v Two 20:30'))).toEqual([
    { title: 'One v Two', hour: '20', minute: '30' },
    undefined,
  ])
})
