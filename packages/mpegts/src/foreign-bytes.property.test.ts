import { Buffer } from 'node:buffer'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { createSplicer } from '../test-support/create-splicer.ts'
import { accessUnit, createPacketMaker, createSource, stream } from '../test-support/test-packets.ts'
import { StreamWatch } from './index.ts'
import { PACKET_BYTES, setPid } from './packet.ts'
import { createProgramReader } from './program-reader.ts'
import { buildPat, buildPmt, packSection, parsePat, parsePmt } from './program-tables.ts'
import { createSectionReader } from './section-reader.ts'
import { readPesHeader } from './timestamps.ts'

/** Packets with valid headers on meaningful PIDs; the rest is random. */
const packets = fc
  .array(
    fc.tuple(fc.uint8Array({ minLength: PACKET_BYTES, maxLength: PACKET_BYTES }), fc.constantFrom(0, 0x50, 0x60, 0x61)),
    {
      maxLength: 40,
    },
  )
  .map((list) =>
    Buffer.concat(
      list.map(([bytes, pid]) => {
        const packet = Buffer.from(bytes)
        packet[0] = 0x47
        packet[1] = packet[1]! & 0x7f
        packet[3] = packet[3]! & 0x3f
        setPid(packet, 0, pid)
        return packet
      }),
    ),
  )

const eachPacket = (buffer: Buffer, take: (offset: number) => void) => {
  for (let offset = 0; offset < buffer.length; offset += PACKET_BYTES) take(offset)
}

const program = {
  programNumber: 1,
  pmtPid: 0x50,
  pcrPid: 0x60,
  streams: [stream(0x60, 'video', 'h264'), stream(0x61, 'audio', 'aac')],
}

describe('foreign bytes never make a parser throw, or read beyond them', () => {
  test('sections and programs', () => {
    fc.assert(
      fc.property(packets, (buffer) => {
        const [sections, programs] = [createSectionReader(), createProgramReader()]
        eachPacket(buffer, (offset) => {
          for (const section of sections.push(buffer, offset)) expect(section.length).toBeLessThanOrEqual(1024)
          programs.push(buffer, offset)
        })
      }),
    )
  })

  test('tables with any content after a valid header', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 0, maxLength: 1021 }), fc.constantFrom(0, 2), (bytes, tableId) => {
        const section = Buffer.from([tableId, 0xb0, 0, ...bytes])
        for (const found of [parsePat(section)?.programs, parsePmt(section, 0x50)?.streams]) {
          expect(found?.length ?? 0).toBeLessThanOrEqual(section.length / 4)
        }
      }),
    )
  })

  test('PES headers', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(40), (bytes, end) => {
        readPesHeader(
          Buffer.concat([Buffer.from([0, 0, 1, 0xe0]), Buffer.from(bytes)]),
          0,
          Math.min(end, bytes.length + 4),
        )
      }),
    )
  })

  test('a watch and a splicer after valid tables, a slate too', () => {
    fc.assert(
      fc.property(packets, fc.boolean(), (buffer, isFed) => {
        const splicer = createSplicer({ canFill: true })
        const input = Buffer.concat([createPacketMaker().tables(program), buffer])
        const watch = new StreamWatch()
        watch.push(input)
        expect(watch.facts().packets).toBe(input.length / PACKET_BYTES)
        if (isFed) splicer.push(createSource().frames(20))
        splicer.push(input)
        splicer.startInput()
        const { packets: filled } = splicer.fill(90_000)
        expect(filled.length % PACKET_BYTES).toBe(0)
      }),
    )
  })
})

/** Work is counted in output packets, not in time: a slow machine is not a fault. */
describe('nothing grows', () => {
  test('T19: nothing is kept while no PES start arrives', () => {
    const maker = createPacketMaker()
    const splicer = createSplicer()
    splicer.push(maker.tables(program))
    const unit = maker.unit({ pid: 0x60, pts: 1, payload: accessUnit(0, false, 100_000) }).subarray(PACKET_BYTES)
    for (let turn = 0; turn < 100; turn++) expect(splicer.push(Buffer.from(unit)).packets).toHaveLength(0)
  })

  test('T07: a PAT of 200 programs is read, and the first with video among the first 64 is played', () => {
    const reader = createProgramReader()
    const associations = Array.from({ length: 200 }, (_, index) => ({
      programNumber: index + 1,
      pmtPid: 0x100 + index,
    }))
    const body = Buffer.concat(associations.map((one) => buildPat(one).subarray(8, 12)))
    expect(body).toHaveLength(800)
    const pat = parsePat(Buffer.concat([buildPat(associations[0]!).subarray(0, 8), body, Buffer.alloc(4)]))
    expect(pat?.programs).toHaveLength(200)
    for (const { programNumber, pmtPid } of associations.slice(0, 2)) {
      const pmt = packSection(buildPmt({ ...program, programNumber, pmtPid }, 0), pmtPid, 0)
      reader.push(packSection(buildPat({ programNumber, pmtPid }), 0, programNumber), 0)
      reader.push(pmt, 0)
    }
    expect(reader.program?.streams).toHaveLength(2)
  })
})
