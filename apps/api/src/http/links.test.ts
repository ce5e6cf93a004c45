import { expect, test } from '@jest/globals'
import { createLinks, linkBase } from './links.ts'

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

test('links start with the base', () => {
  const links = createLinks('https://tv.example/kptv')
  expect(links.playlist).toBe('https://tv.example/kptv/playlist.m3u8')
  expect(links.stream('0123456789abcdef')).toBe('https://tv.example/kptv/stream/0123456789abcdef.ts')
})
