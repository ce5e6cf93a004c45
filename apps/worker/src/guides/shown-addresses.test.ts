import { expect, test } from '@jest/globals'
import { parseSources } from '@kptv/config'
import { shownAddresses } from './shown-addresses.ts'

const { sources } = parseSources(
  'http://one.example:8080/get.php?username=user&password=canary-7|1,http://two.example/l|1',
)
const guide = { id: 'g', name: 'g', url: 'http://guide.one.example/xmltv.php', zone: 0, shiftMs: 0 }

test.each([
  ['http://images.example/1.jpg', true],
  ['http://one.example/1.jpg', false],
  ['https://ONE.example:9090/1.jpg', false],
  ['http://two.example/1.jpg', false],
  ['http://guide.one.example/1.jpg', false],
  ['http://images.example/canary-7/1.jpg', false],
  ['http://images.example/1.jpg?username=other&password=word', false],
  ['http://', false],
])('%s: %s', (address, expected) => {
  expect(shownAddresses({ ...guide, sourceId: 'one' }, sources)(address)).toBe(expected)
})

test('the host of a guide that the operator named is no secret', () => {
  expect(shownAddresses(guide, sources)('http://guide.one.example/1.jpg')).toBe(true)
})
