import { expect, test } from '@jest/globals'
import { sparkArea, sparkPath } from './spark-path.ts'

const SIZE = { width: 60, height: 10, slots: 4 }

test.each([
  ['no values', [], ''],
  ['one value is no line yet', [5], ''],
  ['few values stand at the right', [5, 10], 'M40,6L60,2'],
  ['the largest has some room above', [0, 10, 5, 10], 'M0,10L20,2L40,6L60,2'],
  ['nothing flows', [0, 0], 'M40,10L60,10'],
])('%s', (_, values, path) => {
  expect(sparkPath(values, SIZE)).toBe(path)
})

test('the area reaches down to zero, as far as there are values', () => {
  expect([sparkArea([5, 10], SIZE), sparkArea([5], SIZE)]).toEqual(['M40,6L60,2V10H40Z', ''])
})
