import { expect, test } from '@jest/globals'
import { addressOf, parseRoute } from './route.ts'

test.each([
  ['', { screen: '', values: {} }],
  ['#/', { screen: '', values: {} }],
  ['#/guide', { screen: 'guide', values: {} }],
  ['#/channels?q=a%26b+c&page=2', { screen: 'channels', values: { q: 'a&b c', page: '2' } }],
])('reads %s', (hash, route) => {
  expect(parseRoute(hash)).toEqual(route)
})

test('an address has only the given values, and reads back as it was', () => {
  const values = { q: 'News & more', group: '', page: 3, half: undefined }
  expect(addressOf('channels')).toBe('#/channels')
  expect(parseRoute(addressOf('channels', values)).values).toEqual({ q: 'News & more', page: '3' })
})
