import { expect, test } from '@jest/globals'
import { parseRedisAddress, redactRedisUrl } from './redis-address.ts'

test.each([
  ['redis://host', { topology: 'single', isEncrypted: false, hosts: [{ host: 'host', port: 6379 }], database: 0 }],
  [
    'rediss://user:p%40ss@[::1]:6380/2',
    {
      topology: 'single',
      isEncrypted: true,
      hosts: [{ host: '::1', port: 6380 }],
      database: 2,
      username: 'user',
      password: 'p@ss',
    },
  ],
  [
    'redis+sentinel://:word@one,two:26380/mymaster/3?sentinel_username=watch&sentinel_password=d%26g',
    {
      topology: 'sentinel',
      isEncrypted: false,
      primaryName: 'mymaster',
      database: 3,
      password: 'word',
      hosts: [
        { host: 'one', port: 26_379 },
        { host: 'two', port: 26_380 },
      ],
      sentinelUsername: 'watch',
      sentinelPassword: 'd&g',
    },
  ],
  [
    'REDISS+CLUSTER://ann:a:b@one:7000,[fd00::2]',
    {
      topology: 'cluster',
      isEncrypted: true,
      database: 0,
      username: 'ann',
      password: 'a:b',
      hosts: [
        { host: 'one', port: 7000 },
        { host: 'fd00::2', port: 6379 },
      ],
    },
  ],
])('%s', (url, address) => {
  expect(parseRedisAddress(url)).toEqual(address)
})

test.each(['http://host', 'redis://', 'secret', 'redis+cluster://one:two:three'])('%s is refused', (url) => {
  expect(() => parseRedisAddress(url)).toThrow('not the address of a Redis')
})

test.each([
  ['redis://user:secret@host:6379/2', 'redis://host:6379/2'],
  ['rediss://:secret@host', 'rediss://host'],
  ['redis://host:6379', 'redis://host:6379'],
  ['redis+sentinel://:secret@a,b:1/name/0?sentinel_password=secret', 'redis+sentinel://a,b:1/name/0'],
  ['rediss+cluster://u:secret@a:1,b:2', 'rediss+cluster://a:1,b:2'],
  ['secret', 'an address that cannot be read'],
])('%s is shown as %s', (url, shown) => {
  expect(redactRedisUrl(url)).toBe(shown)
})
