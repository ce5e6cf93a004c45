import { Buffer } from 'node:buffer'
import { expect, test } from '@jest/globals'
import { createTransportStreamChecker, createTransportStreamMaker } from '@kptv/testkit'
import { OutputCollector } from '../test-support/output-collector.ts'
import { crc32 } from './crc32.ts'
import { Splicer, StreamWatch } from './index.ts'
import { PACKET_BYTES, pidOf } from './packet.ts'
import { buildPat, packSection } from './program-tables.ts'

const LISTED = [
  { programNumber: 101, pmtPid: 0x1010 },
  { programNumber: 102, pmtPid: 0x1020 },
]

/** One PAT that lists both programs. */
function commonPat(): Buffer {
  const entries = LISTED.map((program) => buildPat(program).subarray(8, 12))
  const section = Buffer.concat([buildPat(LISTED[0]!).subarray(0, 8), ...entries, Buffer.alloc(4)])
  section.writeUInt16BE(0xb000 | (section.length - 3), 1)
  section.writeUInt32BE(crc32(section.subarray(0, -4)), section.length - 4)
  return packSection(section, 0, 0)
}

/** A transport stream with two programs: `one` (101) with video and audio, `two` (102) as given. */
function multiplex(two: { readonly video?: 'none' } = {}): Buffer {
  const makers = [
    createTransportStreamMaker({ sourceId: 'one', ...LISTED[0] }),
    createTransportStreamMaker({ sourceId: 'two', videoPid: 0x200, audioPid: 0x201, ...LISTED[1], ...two }),
  ]
  const pieces = Array.from({ length: 60 }, () => makers.flatMap((maker) => [commonPat(), withoutPat(maker.next(200))]))
  return Buffer.concat(pieces.flat())
}

function withoutPat(packets: Buffer): Buffer {
  const kept: Buffer[] = []
  for (let at = 0; at < packets.length; at += PACKET_BYTES) {
    if (pidOf(packets, at) !== 0) kept.push(packets.subarray(at, at + PACKET_BYTES))
  }
  return Buffer.concat(kept)
}

function play(media: Buffer, program?: number) {
  const collector = new OutputCollector()
  const splicer = new Splicer({ sink: collector.sink })
  const watch = new StreamWatch(program)
  splicer.startInput({ program, watch })
  splicer.push(Buffer.from(media))
  const checker = createTransportStreamChecker()
  checker.push(collector.take().packets)
  const { problems, sequence, tables } = checker.report()
  const sources = new Set(sequence.streams.map(({ sourceId }) => sourceId))
  return { problems, sources: [...sources], streams: tables.program?.streams.length, facts: watch.facts() }
}

test.each([
  ['the program that is wanted', 102, 'two'],
  ['the first, if that is wanted', 101, 'one'],
  ['the first, if the wanted one is not in the stream', 7, 'one'],
  ['the first, if none is wanted', undefined, 'one'],
])('of two programs, %s is played, and nothing else', (_, program, source) => {
  expect(play(multiplex(), program)).toMatchObject({ problems: [], sources: [source], streams: 2 })
})

test('a wanted radio program is played, even if another one has video', () => {
  const { problems, sources, streams, facts } = play(multiplex({ video: 'none' }), 102)
  expect({ problems, sources, streams }).toEqual({ problems: [], sources: ['two'], streams: 1 })
  expect(facts).toMatchObject({ announcesVideo: false, announcesAudio: true, videoUnits: 0 })
})

test('a watch without a splicer follows the wanted program across breaks of the input', () => {
  const watch = new StreamWatch(102)
  const media = multiplex({ video: 'none' })
  watch.push(media)
  watch.startInput()
  watch.push(media)
  expect(watch.facts()).toMatchObject({ announcesVideo: false, videoUnits: 0 })
})
