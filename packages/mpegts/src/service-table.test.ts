import { Buffer } from 'node:buffer'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { createSplicer } from '../test-support/create-splicer.ts'
import { createSource } from '../test-support/test-packets.ts'
import { crc32 } from './crc32.ts'
import { continuityOf, PACKET_BYTES, pidOf } from './packet.ts'
import { buildSdt, ServiceTable } from './service-table.ts'

const service = { transportStreamId: 1, serviceId: 1 }
const sdtOf = (name: string, isRadio = false) => buildSdt({ ...service, name, isRadio, version: 0 })
/** Behind the length of the provider's name, and that name. */
const TEXT_AT = 21 + 'KPTV'.length

describe('the table', () => {
  test('matches the standard byte for byte', () => {
    const section = sdtOf('News')
    expect(section.subarray(0, -4).toString('hex')).toBe(
      // Header, network, service, descriptor: type, provider, name.
      [
        '42f01e',
        '0001',
        'c1',
        '0000',
        'ff01',
        'ff',
        '0001',
        'fc',
        '800d',
        '480b',
        '01',
        '044b505456',
        '044e657773',
      ].join(''),
    )
    expect(crc32(section)).toBe(0)
    expect(sdtOf('News', true)[18]).toBe(2)
  })

  test.each([
    ['Café & Déjà vu', '\x15Café & Déjà vu'],
    ['日本', '\x15日本'],
    ['One\tTwo\u0000\u200b', 'OneTwo'],
    ['', ''],
  ])('has the name %j as UTF-8, marked so where that differs from ASCII', (name, written) => {
    const section = sdtOf(name)
    const length = section[TEXT_AT - 1]!
    expect(section.subarray(TEXT_AT, TEXT_AT + length).toString()).toBe(written)
  })

  test('any name fits into one packet, and no character is cut', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (name) => {
        const section = sdtOf(name)
        expect(section.length).toBeLessThan(PACKET_BYTES - 4)
        expect(crc32(section)).toBe(0)
        const text = section.subarray(TEXT_AT, -4)
        expect(() => new TextDecoder('utf-8', { fatal: true }).decode(text)).not.toThrow()
      }),
    )
  })

  test('gets another version with each change, even of the output before it', () => {
    const table = new ServiceTable(service, 'One')
    const version = () => (table.write()[10]! >> 1) & 0x1f
    expect(table.write()).toHaveLength(0)
    table.announce(false)
    expect(version()).toBe(0)
    table.announce(false)
    table.rename('One')
    expect(version()).toBe(0)
    table.rename('Two')
    expect(version()).toBe(1)
    table.announce(true)
    expect(version()).toBe(2)
    const next = new ServiceTable(service, 'Three', table.snapshot())
    next.announce(true)
    const packet = next.write()
    expect([(packet[10]! >> 1) & 0x1f, continuityOf(packet, 0)]).toEqual([3, 4])
  })
})

describe('an output with a name', () => {
  const media = createSource().frames(60)
  const packetsOf = (output: Buffer): Buffer[] =>
    Array.from({ length: output.length / PACKET_BYTES }, (_, index) =>
      output.subarray(index * PACKET_BYTES, (index + 1) * PACKET_BYTES),
    )
  const pidsOf = (output: Buffer): number[] => packetsOf(output).map((packet) => pidOf(packet, 0))

  test('sends it after each PAT and PMT, and otherwise equals one without', () => {
    const named = createSplicer({ name: 'News' }).push(Buffer.from(media)).packets
    const plain = createSplicer().push(Buffer.from(media)).packets
    const pids = pidsOf(named)
    expect(pids.slice(0, 3)).toEqual([0, 0x1000, 0x11])
    const tables = pids.flatMap((pid, index) => (pid === 0 ? [index] : []))
    expect(tables.length).toBeGreaterThan(5)
    for (const at of tables) expect(pids[at + 2]).toBe(0x11)
    // Between tables too little may lie for a limit of bytes to matter.
    expect(Buffer.concat(packetsOf(named).filter((packet) => pidOf(packet, 0) !== 0x11))).toEqual(plain)
  })

  test('continues byte for byte in another process, which need not know the name', () => {
    const first = createSplicer({ name: 'News' })
    first.push(Buffer.from(media))
    const state = JSON.parse(JSON.stringify(first.snapshot()))
    const outputs = [{ name: 'News', resume: state }, { resume: state }].map((options) => {
      const splicer = createSplicer(options)
      splicer.startInput()
      return splicer.push(Buffer.from(media)).packets
    })
    expect(outputs[0]!.length).toBeGreaterThan(0)
    expect(outputs[0]).toEqual(outputs[1])
    const [sdt] = packetsOf(outputs[0]!).filter((packet) => pidOf(packet, 0) === 0x11)
    expect(continuityOf(sdt!, 0)).toBe((state.output.service.counter + 1) & 0x0f)
  })
})
