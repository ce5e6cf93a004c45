import { expect, test } from '@jest/globals'
import { loadSettings } from '@kptv/config'
import { parseRedisAddress, redactRedisUrl } from '@kptv/redis'

// What packages/config lets pass, packages/redis must be able to read.
test.each([
  ['redis://one', 'single', ['one:6379']],
  ['rediss://user:p%2Fw@[::1]:6380/2', 'single', ['::1:6380']],
  ['redis+sentinel://:word@one,two:5000/my-master.1/3?sentinel_password=x%26y', 'sentinel', ['one:26379', 'two:5000']],
  ['rediss+cluster://one:7000,two,[fd00::1]:7001/', 'cluster', ['one:7000', 'two:6379', 'fd00::1:7001']],
])('%s', (given, topology, hosts) => {
  const { redisUrl } = loadSettings({ REDIS_URL: given })
  const address = parseRedisAddress(redisUrl)
  expect(address.topology).toBe(topology)
  expect(address.hosts.map(({ host, port }) => `${host}:${port}`)).toEqual(hosts)
  expect(redactRedisUrl(redisUrl)).not.toMatch(/word|p%2Fw|x%26y|user/)
})
