import { expect, test } from '@jest/globals'
import { tunerOf, withPart } from './player-links.ts'

const BASE = 'http://tv.example/link/abc'

test.each([
  [{}, `${BASE}/playlist.m3u8`],
  [{ group: '', output: '' }, `${BASE}/playlist.m3u8`],
  [{ group: 'A & B', output: '' }, `${BASE}/playlist.m3u8?group=A+%26+B`],
  [{ group: '', output: 'hls' }, `${BASE}/playlist.m3u8?output=hls`],
  [{ group: 'UK', output: 'hls' }, `${BASE}/playlist.m3u8?group=UK&output=hls`],
] as const)('%j', (part, address) => {
  expect(withPart(`${BASE}/playlist.m3u8`, part)).toBe(address)
})

test.each([
  ['', `${BASE}/hdhr`],
  ['UK/News & more', `${BASE}/hdhr/UK%2FNews%20%26%20more`],
])('a tuner of the group %j', (group, address) => {
  expect(tunerOf(`${BASE}/hdhr`, group)).toBe(address)
})
