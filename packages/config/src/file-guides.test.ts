import { expect, test } from '@jest/globals'
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
])('%j is refused by line', (text, line, message) => {
  const { problems, guides } = parseSourcesFile({ text: `${SOURCE}${text}` })
  expect(problems).toEqual([{ line, message: expect.stringMatching(message) }])
  expect(guides.guides).toEqual([])
})

test('a source sets how the times of its guide are read', () => {
  const { sources } = parseSourcesFile({ text: `${SOURCE}    guideTimeZone: Europe/Rome\n    guideShift: 2\n` })
  expect(sources[0]).toMatchObject({ guideTimeZone: 'Europe/Rome', guideShiftMs: 7_200_000 })
})
