import { Buffer } from 'node:buffer'
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { silenceLike } from './silence.ts'

test('AAC: a frame of the same rate and channels, with its own length', () => {
  const stereo = Buffer.from('fff15080187ffcaaaaaaaa', 'hex')
  const silence = silenceLike('aac', stereo)!
  expect(silence.frame.subarray(0, 7).toString('hex')).toBe('fff15080021ffc')
  expect(silence.frame).toHaveLength(16)
  expect(silence.frameTicks).toBeCloseTo((1024 * 90_000) / 44_100)
})

test('MPEG-1 layer II: a frame as long as the rate says', () => {
  const silence = silenceLike('mp2', Buffer.from('fffda4040000', 'hex'))!
  expect(silence.frame).toHaveLength(576)
  expect(silence.frameTicks).toBe(2160)
})

test.each([
  ['ac3', '0b77'],
  ['aac', 'fff150001800'],
  ['aac', 'fff15180000000'],
  ['mp2', 'fffb900000'],
  ['mp2', 'fffdf40400'],
  ['aac', ''],
])('none for an unknown format: %s %s', (codec, bytes) => {
  expect(silenceLike(codec, Buffer.from(bytes, 'hex'))).toBeUndefined()
})

test('survives any bytes', () => {
  fc.assert(
    fc.property(fc.constantFrom('aac', 'mp2'), fc.uint8Array({ maxLength: 20 }), (codec, bytes) => {
      const silence = silenceLike(codec, Buffer.concat([Buffer.from([0xff, 0xfd]), Buffer.from(bytes)]))
      expect(silence === undefined || silence.frame.length < 2_000).toBe(true)
    }),
  )
})
