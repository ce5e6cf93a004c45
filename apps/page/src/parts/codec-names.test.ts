import { expect, test } from '@jest/globals'
import { codecName } from './codec-names.ts'

test.each([
  ['avc1.64001f', 'H.264'],
  ['hvc1.1.6.L93.B0', 'H.265'],
  ['mp4a.40.2', 'AAC'],
  ['AC-3', 'AC-3'],
  ['xyz', 'xyz'],
])('%s is %s', (codec, name) => {
  expect(codecName(codec)).toBe(name)
})
