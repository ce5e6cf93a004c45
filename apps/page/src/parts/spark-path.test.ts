import { expect, test } from '@jest/globals'
import { sparkPath } from './spark-path.ts'

const SIZE = { width: 60, height: 10, slots: 4 }

test.each([
  ['no values', [], ''],
  ['one value is a point at the right edge', [5], 'M60,0'],
  ['few values stand at the right', [5, 10], 'M40,5L60,0'],
  ['the largest is at the top', [0, 10, 5, 10], 'M0,10L20,0L40,5L60,0'],
  ['nothing flows', [0, 0], 'M40,10L60,10'],
])('%s', (_, values, path) => {
  expect(sparkPath(values, SIZE)).toBe(path)
})
