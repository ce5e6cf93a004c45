import { expect, test } from '@jest/globals'
import { keySlot } from './key-slot.ts'

// The first is the check value of the Redis Cluster specification (CRC16 of "123456789" is 0x31c3),
// the others are answers of CLUSTER KEYSLOT.
test.each([
  ['123456789', 12_739],
  ['', 0],
  ['foo', 12_182],
  ['{foo}.bar', 12_182],
  ['a{foo}{bar}', 12_182],
  ['{}foo', 9500],
  ['foo{bar', 15_278],
  ['ä', 13_929],
])('%s lies in slot %i', (key, slot) => {
  expect(keySlot(key)).toBe(slot)
})
