import { expect, test } from '@jest/globals'
import { KEYS } from './create-keys.ts'
import type { Key } from './key.ts'
import { describeKeys } from './key-documentation.ts'

const rows = describeKeys().split('\n').slice(2)

test('has one row for each key', () => {
  expect(rows).toHaveLength(Object.keys(KEYS).length)
})

test.each<[string, Key]>(Object.entries(KEYS))('%s is shown by a redis-cli line that names it', (_, { name }) => {
  const row = rows.find((text) => text.startsWith(`| \`kptv:<cluster>:${name}\` |`))
  expect(row).toContain(' | `redis-cli ')
  expect(row?.split(' | `redis-cli ')[1]).toContain(`kptv:0:${name}`)
})
