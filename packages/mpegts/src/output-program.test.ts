import { expect, test } from '@jest/globals'
import { createOutputProgram } from './output-program.ts'
import { PACKET_BYTES } from './packet.ts'
import { type Program, parsePmt } from './program-tables.ts'
import { createSectionReader } from './section-reader.ts'
import { stream } from './test-packets.ts'

const VIDEO = stream(0x30, 'video', 'h264')
const AAC = stream(0x31, 'audio', 'aac')
const AC3 = stream(0x32, 'audio', 'ac3')
const programOf = (...streams: Program['streams']): Program => ({
  programNumber: 9,
  pmtPid: 0x40,
  pcrPid: 0x30,
  streams,
})

function announce(output: ReturnType<typeof createOutputProgram>, program: Program) {
  const assigned = output.assign(program)
  const hasChanged = output.announce(program, assigned)
  const tables = output.writeTables()
  const reader = createSectionReader()
  const sections: Buffer[] = []
  for (let offset = PACKET_BYTES; offset < tables.length; offset += PACKET_BYTES)
    sections.push(...reader.push(tables, offset))
  const pmt = sections[0]!
  return { hasChanged, version: (pmt[5]! >> 1) & 0x1f, program: parsePmt(pmt, 0x1000)! }
}

test('the version of the PMT changes only with its content', () => {
  const output = createOutputProgram()
  const versions = [programOf(VIDEO, AAC), programOf(VIDEO, AAC), programOf(VIDEO, AAC, AC3), programOf(VIDEO, AAC)]
  expect(versions.map((program) => announce(output, program).version)).toEqual([0, 0, 1, 2])
})

test('a stream keeps its PID, whatever comes and goes before it', () => {
  const output = createOutputProgram()
  const pids = (program: Program) => announce(output, program).program.streams.map(({ codec, pid }) => [codec, pid])
  expect(pids(programOf(VIDEO, AAC))).toEqual([
    ['h264', 0x100],
    ['aac', 0x110],
  ])
  expect(pids(programOf(AC3, VIDEO, AAC))).toEqual([
    ['ac3', 0x111],
    ['h264', 0x100],
    ['aac', 0x110],
  ])
})

test('a second video and the 17th audio find no place', () => {
  const sounds = Array.from({ length: 20 }, (_, index) => stream(0x50 + index, 'audio', 'aac'))
  const assigned = createOutputProgram().assign(programOf(VIDEO, stream(0x33, 'video', 'h264'), ...sounds))
  expect([...assigned.values()].filter(({ kind }) => kind === 'video')).toHaveLength(1)
  expect([...assigned.values()].filter(({ kind }) => kind === 'audio')).toHaveLength(16)
})

test.each([
  ['the same codecs', [VIDEO, AAC], false, undefined],
  ['another audio codec', [VIDEO, AC3], false, 'output is h264+aac, input is h264+ac3'],
  ['no audio, another input', [VIDEO], false, 'output is h264+aac, input is h264'],
  ['no audio for a while, the same input', [VIDEO], true, undefined],
  ['another audio codec, the same input', [VIDEO, AC3], true, 'output is h264+aac, input is h264+ac3'],
  ['no video any more', [AAC], true, 'output is h264+aac, input is aac'],
  ['nothing', [], false, 'output is h264+aac, input is nothing playable'],
])('after h264+aac: %s', (_, streams, isSameInput, expected) => {
  const output = createOutputProgram()
  announce(output, programOf(VIDEO, AAC))
  expect(output.refuse(programOf(...streams), isSameInput)).toBe(expected)
})
