import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { collect } from '../test-support/requests.ts'
import { metadataInterval, withoutMetadata } from './icy-metadata.ts'

describe('the interval', () => {
  test.each<[string | string[] | undefined, number | undefined]>([
    ['16000', 16_000],
    [' 8192 ', 8_192],
    [['32', '64'], 32],
    [undefined, undefined],
    ['', undefined],
    ['0', undefined],
    ['-1', undefined],
    ['1e3', undefined],
    ['999999999', undefined],
  ])('in %j', (field, interval) => {
    expect(metadataInterval(field === undefined ? {} : { 'icy-metaint': field as string })).toBe(interval)
  })
})

async function* pieces(bytes: Buffer, pieceBytes: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes)
}

test('the media is whole, however it is cut and whatever the metadata is', async () => {
  const property = fc.asyncProperty(
    fc.uint8Array({ maxLength: 500 }),
    fc.integer({ min: 1, max: 60 }),
    fc.integer({ min: 1, max: 70 }),
    fc.array(fc.nat(3), { minLength: 1 }),
    async (media, interval, pieceBytes, lengths) => {
      const sent: Buffer[] = []
      for (let at = 0, block = 0; at < media.length; at += interval, block += 1) {
        const part = Buffer.from(media.subarray(at, at + interval))
        const units = lengths[block % lengths.length]!
        sent.push(part)
        if (part.length === interval) sent.push(Buffer.from([units]), Buffer.alloc(units * 16, 'StreamTitle'))
      }
      const received = await collect(withoutMetadata(pieces(Buffer.concat(sent), pieceBytes), interval))
      expect(received.equals(Buffer.from(media))).toBe(true)
    },
  )
  await fc.assert(property)
})
