import { expect, test } from '@jest/globals'
import { linkBase } from './link-base.ts'

test.each([
  { configured: 'https://tv.example', host: 'other:80', expected: 'https://tv.example' },
  { configured: undefined, host: 'TV.Example:8080', expected: 'http://tv.example:8080' },
  { configured: undefined, host: '192.168.1.2', expected: 'http://192.168.1.2' },
  { configured: undefined, host: '[2001:db8::1]:8080', expected: 'http://[2001:db8::1]:8080' },
  { configured: undefined, host: 'evil"\n#EXTINF', expected: undefined },
  { configured: undefined, host: 'user:password@host', expected: undefined },
  { configured: undefined, host: 'host/path', expected: undefined },
  { configured: undefined, host: '', expected: undefined },
  { configured: undefined, host: undefined, expected: undefined },
])('$configured and Host $host give $expected', ({ configured, host, expected }) => {
  expect(linkBase(configured, { protocol: 'http', host })).toBe(expected)
})
