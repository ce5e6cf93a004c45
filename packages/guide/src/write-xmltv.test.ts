import { expect, test } from '@jest/globals'
import { writeChannel, writeProgramme } from './write-xmltv.ts'

test('writes a channel with all its names', () => {
  expect(writeChannel({ id: 'a&b', names: ['A "1"', '7'], icon: 'http://x.example/?a=1&b=2' })).toBe(
    '<channel id="a&amp;b"><display-name>A &quot;1&quot;</display-name><display-name>7</display-name>' +
      '<icon src="http://x.example/?a=1&amp;b=2"/></channel>\n',
  )
})

test('writes a programme with times in UTC', () => {
  const programme = {
    startMs: Date.UTC(2025, 0, 1),
    stopMs: Date.UTC(2025, 0, 1, 1),
    body: '<title>T</title>',
  }
  expect(writeProgramme('a', programme)).toBe(
    '<programme start="20250101000000 +0000" stop="20250101010000 +0000" channel="a"><title>T</title></programme>\n',
  )
})
