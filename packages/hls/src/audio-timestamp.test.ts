import { expect, test } from '@jest/globals'
import { readAudioTimestamp } from './audio-timestamp.ts'

const OWNER = 'com.apple.streaming.transportStreamTimestamp'

const tag = (owner: string, ticks: number): Buffer => {
  const time = Buffer.alloc(8)
  time.writeBigUInt64BE(BigInt(ticks))
  const frame = Buffer.concat([Buffer.from(`PRIV\0\0\0\x35\0\0${owner}\0`, 'latin1'), time])
  return Buffer.concat([Buffer.from('ID3\x04\0\0\0\0\0\x3f', 'latin1'), frame, Buffer.alloc(20, 0xff)])
}

test.each([
  ['a time', tag(OWNER, 900_000), 900_000],
  ['a time of 33 bits', tag(OWNER, 2 ** 33 - 5), 2 ** 33 - 5],
  ['more bits than there are', tag(OWNER, 2 ** 40 + 7), 7],
  ['a tag of another owner', tag('example', 5), undefined],
  ['a tag that is cut off', tag(OWNER, 5).subarray(0, 70), undefined],
  ['not a tag', tag(OWNER, 5).subarray(3), undefined],
  ['nothing', Buffer.alloc(0), undefined],
])('%s', (_, bytes, ticks) => {
  expect(readAudioTimestamp(bytes)).toBe(ticks)
})
