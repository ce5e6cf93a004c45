import { expect, test } from '@jest/globals'
import { hideAddresses } from './hide-addresses.ts'

const isShown = (address: string) => !address.includes('provider.example')

test.each([
  ['News', 'News'],
  ['a://b', 'a://b'],
  ['http://images.example/1.jpg', 'http://images.example/1.jpg'],
  ['http://provider.example/1.jpg', ''],
  [' HTTPS://provider.example/1.jpg ', ''],
  ['//provider.example/1.jpg', ''],
  ['//images.example/1.jpg', '//images.example/1.jpg'],
  ['See http://provider.example/a (or http://images.example/)', 'See … (or http://images.example/)'],
  ['seehttp://provider.example/', ''],
  ['://', '://'],
])('%j becomes %j', (text, expected) => {
  expect(hideAddresses(text, isShown)).toBe(expected)
})
