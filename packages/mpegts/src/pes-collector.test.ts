import { Buffer } from 'node:buffer'
import { describe, expect, test } from '@jest/globals'
import { PACKET_BYTES } from './packet.ts'
import { createPesCollector, type InputFaults } from './pes-collector.ts'
import { createPacketMaker } from './test-packets.ts'

const NO_FAULTS: InputFaults = {
  transportErrors: 0,
  scrambled: 0,
  duplicates: 0,
  losses: 0,
  damagedUnits: 0,
  strayUnits: 0,
}

function collect(input: Buffer, faults = { ...NO_FAULTS }) {
  const collector = createPesCollector(faults)
  const units = []
  for (let offset = 0; offset < input.length; offset += PACKET_BYTES) {
    const packet = Buffer.from(input.subarray(offset, offset + PACKET_BYTES))
    if (!collector.admit(packet, 0)) continue
    if ((packet[1]! & 0x40) !== 0) units.push(collector.finish())
    units.push(collector.add(packet, 0, undefined))
  }
  return { units: units.filter((unit) => unit !== undefined), collector, faults }
}

describe('a unit ends', () => {
  test('by its own length, at once', () => {
    const input = createPacketMaker().unit({ pid: 0x31, pts: 1, payload: Buffer.alloc(700), isBounded: true })
    const { units, collector } = collect(input)
    expect(units.map((unit) => Buffer.concat(unit.runs))).toEqual([input])
    expect(collector.keptBytes).toBe(0)
  })

  test('where the next one starts', () => {
    const maker = createPacketMaker()
    const first = maker.unit({ pid: 0x30, pts: 1, payload: Buffer.alloc(700) })
    const { units } = collect(Buffer.concat([first, maker.unit({ pid: 0x30, pts: 2, payload: Buffer.alloc(700) })]))
    expect(units.map((unit) => Buffer.concat(unit.runs))).toEqual([first])
  })
})

test('a unit of a thousand buffers is whole, and keeps only a few of them in memory', () => {
  const input = createPacketMaker().unit({ pid: 0x30, pts: 1, payload: Buffer.alloc(180_000, 7) })
  const { collector } = collect(input)
  const unit = collector.finish()!
  expect(Buffer.concat(unit.runs).equals(input)).toBe(true)
  expect(unit.runs.length).toBeLessThanOrEqual(64)
})

test('after a loss the rest of the unit is dropped, and what came before is marked', () => {
  const input = createPacketMaker().unit({ pid: 0x30, pts: 1, payload: Buffer.alloc(2000) })
  const gap = Buffer.concat([input.subarray(0, 3 * PACKET_BYTES), input.subarray(4 * PACKET_BYTES)])
  const { collector, faults } = collect(gap)
  const unit = collector.finish()!
  expect(unit.isDamaged).toBe(true)
  expect(Buffer.concat(unit.runs)).toEqual(input.subarray(0, 3 * PACKET_BYTES))
  expect(faults).toEqual({ ...NO_FAULTS, losses: 1, damagedUnits: 1 })
})
