import { Buffer } from 'node:buffer'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { stream } from '../test-support/test-packets.ts'
import { crc32 } from './crc32.ts'
import { PACKET_BYTES } from './packet.ts'
import { createProgramReader } from './program-reader.ts'
import { buildPat, buildPmt, codecSignature, type Program, packSection, parsePat, parsePmt } from './program-tables.ts'
import { createSectionReader } from './section-reader.ts'

// Written by ffmpeg 5.1.
const FFMPEG_PAT = Buffer.from('00b00d0001c100000001f0002ab104b2', 'hex')

function sectionsOf(packets: Buffer): Buffer[] {
  const reader = createSectionReader()
  const sections: Buffer[] = []
  for (let offset = 0; offset < packets.length; offset += PACKET_BYTES) sections.push(...reader.push(packets, offset))
  return sections
}

function programOf(streams: Program['streams'], programNumber = 1): Program {
  return { programNumber, pmtPid: 0x1000 + programNumber, pcrPid: streams[0]?.pid ?? 0x1fff, streams }
}

const VIDEO = stream(0x100, 'video', 'h264')
const AUDIO = stream(0x110, 'audio', 'aac')
const BIG = programOf(
  Array.from({ length: 18 }, (_, index) => ({
    ...stream(0x100 + index, 'audio' as const, 'aac'),
    descriptors: Buffer.concat([Buffer.from([0x0a, 48]), Buffer.alloc(48, index)]),
  })),
)

describe('sections', () => {
  test('a PAT made by ffmpeg is read, and built the same', () => {
    expect(crc32(FFMPEG_PAT)).toBe(0)
    expect(parsePat(FFMPEG_PAT)?.programs).toEqual([{ programNumber: 1, pmtPid: 0x1000 }])
    expect(buildPat({ programNumber: 1, pmtPid: 0x1000 })).toEqual(FFMPEG_PAT)
  })

  test('T08: a PMT of 1 KB over several packets survives', () => {
    const packets = packSection(buildPmt(BIG, 3), BIG.pmtPid, 14)
    expect(packets.length / PACKET_BYTES).toBeGreaterThan(4)
    const [section] = sectionsOf(packets)
    expect(parsePmt(section!, BIG.pmtPid)).toEqual(BIG)
  })

  test('streams that do not fit into one section are left out', () => {
    const section = buildPmt({ ...BIG, streams: [...BIG.streams, ...BIG.streams] }, 0)
    expect(section.length).toBeLessThanOrEqual(1024)
    expect(crc32(section)).toBe(0)
  })

  test.each([
    ['a wrong CRC', (packets: Buffer) => packets.writeUInt8(packets[30]! ^ 1, 30)],
    ['a lost packet', (packets: Buffer) => packets.copy(packets, PACKET_BYTES, 2 * PACKET_BYTES)],
    ['a length of 4,095', (packets: Buffer) => packets.writeUInt16BE(0xbfff, 6)],
    ['a pointer outside the packet', (packets: Buffer) => packets.writeUInt8(255, 4)],
  ])('T08: %s costs the section', (_, spoil) => {
    const packets = packSection(buildPmt(BIG, 0), BIG.pmtPid, 0)
    spoil(packets)
    expect(sectionsOf(packets)).toEqual([])
  })

  test('conditional access descriptors are not passed on, others are', () => {
    const language = Buffer.from([0x0a, 4, 0x64, 0x65, 0x75, 0])
    const descriptors = Buffer.concat([Buffer.from([0x09, 2, 1, 2]), language])
    const section = buildPmt(programOf([{ ...AUDIO, descriptors }]), 0)
    expect(parsePmt(section, 0x1001)?.streams[0]?.descriptors).toEqual(language)
  })

  test('random payloads give no section and never throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 184, maxLength: 184 }), fc.nat(0xffffff), (payload, header) => {
        const packet = Buffer.concat([Buffer.from([0x47, (header >> 16) & 0xff, header >> 8, header]), payload])
        const reader = createProgramReader()
        for (let index = 0; index < 20; index++) reader.push(packet, 0)
        expect(reader.program).toBeUndefined()
      }),
    )
  })
})

test.each([
  [0x1b, '', 'video', 'h264'],
  [0x24, '', 'video', 'hevc'],
  [0x02, '', 'video', 'mpeg2video'],
  [0x0f, '', 'audio', 'aac'],
  [0x11, '', 'audio', 'aac-latm'],
  [0x03, '', 'audio', 'mp2'],
  [0x81, '', 'audio', 'ac3'],
  [0x87, '', 'audio', 'eac3'],
  [0x06, '6a0100', 'audio', 'ac3'],
  [0x06, '0a04646575007a0100', 'audio', 'eac3'],
  [0x06, '05044f707573', 'audio', 'opus'],
  [0x06, '050448455643', 'video', 'hevc'],
  [0x06, '5606646575091f', 'other', 'type-0x06'],
  [0x06, '560564657509aa', 'other', 'teletext'],
  [0x06, '', 'other', 'type-0x06'],
  [0xc0, 'ff', 'other', 'type-0xc0'],
])('stream type 0x%s with descriptors %s is %s %s', (streamType, descriptors, kind, codec) => {
  const entry = { ...AUDIO, streamType, descriptors: Buffer.from(descriptors, 'hex') }
  const kept = Buffer.concat([
    Buffer.from([entry.streamType, 0xe1, 0x10, 0xf0, entry.descriptors.length]),
    entry.descriptors,
  ])
  const empty = buildPmt(programOf([]), 0)
  const section = Buffer.concat([empty.subarray(0, -4), kept, Buffer.alloc(4)])
  expect(parsePmt(section, 0x1001)?.streams).toEqual([{ ...entry, kind, codec }])
})

describe('T07: the choice of a program', () => {
  const radio = programOf([AUDIO], 1)
  const news = programOf([VIDEO, AUDIO], 2)
  const drama = programOf([VIDEO], 3)

  function read(programs: Program[], pmts: Program[], wanted?: number) {
    const body = programs.map(({ programNumber, pmtPid }) => buildPat({ programNumber, pmtPid }).subarray(8, 12))
    const head = buildPat(radio).subarray(0, 8)
    const section = Buffer.concat([head, ...body, Buffer.alloc(4)])
    section.writeUInt16BE(0xb000 | (section.length - 3), 1)
    section.writeUInt32BE(crc32(section.subarray(0, -4)), section.length - 4)
    const reader = createProgramReader(wanted)
    const packets = [packSection(section, 0, 0)]
    const counters = new Map<number, number>()
    for (const pmt of pmts) {
      const counter = counters.get(pmt.pmtPid) ?? 0
      counters.set(pmt.pmtPid, counter + 1)
      packets.push(packSection(buildPmt(pmt, 0), pmt.pmtPid, counter))
    }
    const bytes = Buffer.concat(packets)
    for (let offset = 0; offset < bytes.length; offset += PACKET_BYTES) reader.push(bytes, offset)
    return reader.program?.programNumber
  }

  test.each([
    ['the first with video', [radio, news, drama], [drama, news, radio], 2],
    ['not before those in front of it are known', [radio, news, drama], [drama], undefined],
    ['the first with video, without waiting for the rest', [news, drama], [news], 2],
    ['radio where there is no video', [radio], [radio], 1],
    ['one that comes round again, if another never comes', [radio, news], [news, news], 2],
    ['none of none', [], [news], undefined],
    [
      'the program of a PAT with 200',
      [...Array(199).keys()].map((index) => programOf([], 1000 + index)),
      [],
      undefined,
    ],
  ])('%s', (_, programs, pmts, expected) => {
    expect(read(programs, pmts)).toBe(expected)
  })

  const empty = programOf([], 4)
  test.each([
    ['the wanted one, without waiting for those in front of it', 3, [radio, news, drama], [drama], 3],
    ['a wanted one that the PAT lists is waited for', 3, [radio, news, drama], [radio, news, radio, news], undefined],
    ['one that is wanted for its audio', 1, [news, radio], [news, radio], 1],
    ['the first with video, if the wanted one is not listed', 9, [radio, news], [radio, news], 2],
    ['the first with video, if the wanted one has no streams', 4, [radio, news, empty], [empty, radio, news], 2],
  ])('%s', (_, wanted, programs, pmts, expected) => {
    expect(read(programs, pmts, wanted)).toBe(expected)
  })

  test('programs beyond the 64th are ignored', () => {
    const many = Array.from({ length: 200 }, (_, index) => programOf(index === 100 ? [VIDEO] : [AUDIO], 10 + index))
    expect(read(many, [...many, ...many])).toBe(10)
  })
})

test('codecSignature names the video and the first audio', () => {
  expect(codecSignature(programOf([AUDIO, VIDEO, stream(0x111, 'audio', 'ac3')]))).toBe('h264+aac')
  expect(codecSignature(programOf([stream(0x111, 'audio', 'mp2')]))).toBe('mp2')
  expect(codecSignature(programOf([]))).toBe('')
})
