import { expect, test } from '@jest/globals'
import { readRedisVersion } from './redis-version.ts'

test.each([
  ['Redis', '# Server\r\nredis_version:7.2.5\r\nredis_mode:standalone\r\n', '7.2.5'],
  ['Valkey, which is no Redis 7.2.4', '# Server\r\nredis_version:7.2.4\r\nvalkey_version:8.0.1\r\n', '8.0.1'],
  ['a service that hides it', '# Server\r\nos:Linux\r\n', undefined],
])('%s', async (_, info, expected) => {
  expect(await readRedisVersion({ info: (async () => info) as never })).toBe(expected)
})
