import { expect, test } from '@jest/globals'
import { box, moov, words } from '../test-support/make-boxes.ts'
import { readTracks, withoutBitRates } from './init.ts'

/** A header of AAC as ffmpeg writes it, with lengths of four bytes or of one. */
function esds(bitRate: number, isLong = true): Buffer {
  const descriptor = (tag: number, content: Buffer): Buffer =>
    Buffer.concat([Buffer.from(isLong ? [tag, 0x80, 0x80, 0x80, content.length] : [tag, content.length]), content])
  const config = descriptor(4, Buffer.concat([Buffer.from([0x40, 0x15, 0, 0, 0]), words(bitRate, bitRate)]))
  return box('esds', words(0), descriptor(3, Buffer.concat([Buffer.from([0, 2, 0]), config])))
}

const audio = (made: Buffer) => moov({ id: 2, handler: 'soun', timescale: 48_000, esds: made })

test.each([true, false])('the same audio has the same header, whatever was measured (long lengths: %s)', (isLong) => {
  const [one, other] = [98_707, 98_384].map((rate) => withoutBitRates(audio(esds(rate, isLong))))
  expect(one).toEqual(other)
  expect(one).toEqual(audio(esds(0, isLong)))
})

test('a header that is cut off or of another kind stays as it is', () => {
  for (const made of [esds(98_707).subarray(0, 24), box('esds', words(0, 0, 0)), box('avcC', words(1))])
    expect(withoutBitRates(audio(made))).toEqual(audio(made))
})

test('tracks are read in both forms of their headers', () => {
  const long = box(
    'trak',
    box('tkhd', words(0x0100_0000, 0, 0, 0, 0, 7)),
    box(
      'mdia',
      box('mdhd', words(0x0100_0000, 0, 0, 0, 0, 44_100)),
      box('hdlr', words(0, 0), Buffer.from('soun', 'latin1')),
    ),
  )
  expect(readTracks(long)).toEqual([{ id: 7, handler: 'soun', timescale: 44_100 }])
  expect(readTracks(box('trak', box('tkhd', words(0))))).toEqual([])
})
