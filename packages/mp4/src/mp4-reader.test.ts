import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { box, FTYP, moof, moov, words } from '../test-support/make-boxes.ts'
import { type Mp4Fragment, Mp4Reader } from './mp4-reader.ts'

const VIDEO = { id: 1, handler: 'vide', timescale: 90_000 }
const AUDIO = { id: 2, handler: 'soun', timescale: 48_000 }
const MDAT = box('mdat', Buffer.alloc(100, 7))

function read(pieces: readonly Buffer[]) {
  const inits: Buffer[] = []
  const fragments: Mp4Fragment[] = []
  const reader = new Mp4Reader({
    onInit: (init) => void inits.push(init),
    onFragment: (fragment) => void fragments.push(fragment),
  })
  for (const piece of pieces) reader.push(piece)
  return { inits, fragments }
}

const FILE = [
  FTYP,
  moov(VIDEO, AUDIO),
  moof({ id: 1, decodeTime: 126_000 }, { id: 2, decodeTime: 66_000 }),
  MDAT,
  moof({ id: 1, decodeTime: 2 ** 33 + 45, isSync: false }),
  MDAT,
]

test('a fragment is a header with its media, and starts where its video does', () => {
  const { inits, fragments } = read(FILE)
  expect(inits).toEqual([Buffer.concat([FTYP, FILE[1]!])])
  expect(fragments).toEqual([
    { bytes: Buffer.concat([FILE[2]!, MDAT]), ticks: 126_000, endTicks: 129_600, isSync: true },
    { bytes: Buffer.concat([FILE[4]!, MDAT]), ticks: 2 ** 33 + 45, endTicks: 2 ** 33 + 3_645, isSync: false },
  ])
})

test('chunk boundaries make no difference', () => {
  const file = Buffer.concat(FILE)
  const whole = read([file])
  fc.assert(
    fc.property(fc.array(fc.nat(file.length), { maxLength: 20 }), (cuts) => {
      const places = [0, ...cuts.toSorted((one, other) => one - other), file.length]
      const pieces = places.slice(1).map((end, index) => file.subarray(places[index]!, end))
      expect(read(pieces)).toEqual(whole)
    }),
  )
})

test('without video the first track gives the time, in the units of all others', () => {
  const { fragments } = read([FTYP, moov(AUDIO), moof({ id: 2, decodeTime: 48_000 }), MDAT])
  expect(fragments).toMatchObject([{ ticks: 90_000, isSync: true }])
})

test('a fragment ends with its last sample, whether durations are per sample or shared', () => {
  const inAll = moof({ id: 1, decodeTime: 90_000, durations: [3_600, 1_800, 0] })
  const { fragments } = read([FTYP, moov(VIDEO), inAll, MDAT, moof({ id: 1, decodeTime: 90_000 }), MDAT])
  expect(fragments.map(({ endTicks }) => endTicks)).toEqual([95_400, 93_600])
})

test('a fragment of audio alone has no video time, and is not a place to start', () => {
  const { fragments } = read([FTYP, moov(VIDEO, AUDIO), moof({ id: 2, decodeTime: 48_000 }), MDAT])
  expect(fragments).toMatchObject([{ ticks: undefined, isSync: false }])
})

test('unknown boxes are skipped, even 64-bit ones', () => {
  const large = Buffer.concat([words(1), Buffer.from('free', 'latin1'), words(0, 20), words(0)])
  const file = [FTYP, large, moov(VIDEO), box('sidx', words(1)), moof({ id: 1, decodeTime: 0 }), MDAT, box('mfra')]
  expect(read(file).fragments).toHaveLength(1)
})

test.each([
  ['a box that ends before it begins', [words(7), Buffer.from('moov', 'latin1')]],
  ['a box without an end', [words(0), Buffer.from('mdat', 'latin1')]],
  ['a box longer than any media', [words(0x7fff_ffff), Buffer.from('mdat', 'latin1')]],
  ['media without a header', [FTYP, moov(VIDEO), MDAT]],
  ['a file without a track', [FTYP, moov()]],
])('%s is refused', (_, pieces) => {
  expect(() => read(pieces)).toThrow(Error)
})

test('foreign bytes are refused or skipped, without other effect', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 5 }), (contents) => {
      const broken = contents.map((content, index) =>
        box(['moov', 'moof', 'mdat', 'trak'][index % 4]!, Buffer.from(content)),
      )
      try {
        read([FTYP, ...broken])
      } catch (error) {
        expect(error).not.toBeInstanceOf(RangeError)
      }
    }),
  )
})
