import { expect, test } from '@jest/globals'
import { createOutputProgramme } from './output-programme.ts'
import { PACKET_BYTES } from './packet.ts'
import { type Programme, parsePmt } from './program-tables.ts'
import { createSectionReader } from './section-reader.ts'
import { stream } from './test-packets.ts'

const VIDEO = stream(0x30, 'video', 'h264')
const AAC = stream(0x31, 'audio', 'aac')
const AC3 = stream(0x32, 'audio', 'ac3')
const programmeOf = (...streams: Programme['streams']): Programme => ({
  programNumber: 9,
  pmtPid: 0x40,
  pcrPid: 0x30,
  streams,
})

function announce(output: ReturnType<typeof createOutputProgramme>, programme: Programme) {
  const assigned = output.assign(programme)
  const hasChanged = output.announce(programme, assigned)
  const tables = output.writeTables()
  const reader = createSectionReader()
  const sections: Buffer[] = []
  for (let offset = PACKET_BYTES; offset < tables.length; offset += PACKET_BYTES)
    sections.push(...reader.push(tables, offset))
  const pmt = sections[0]!
  return { hasChanged, version: (pmt[5]! >> 1) & 0x1f, programme: parsePmt(pmt, 0x1000)! }
}

test('the version of the PMT changes only with its content', () => {
  const output = createOutputProgramme()
  const versions = [
    programmeOf(VIDEO, AAC),
    programmeOf(VIDEO, AAC),
    programmeOf(VIDEO, AAC, AC3),
    programmeOf(VIDEO, AAC),
  ]
  expect(versions.map((programme) => announce(output, programme).version)).toEqual([0, 0, 1, 2])
})

test('a stream keeps its PID, whatever comes and goes before it', () => {
  const output = createOutputProgramme()
  const pids = (programme: Programme) =>
    announce(output, programme).programme.streams.map(({ codec, pid }) => [codec, pid])
  expect(pids(programmeOf(VIDEO, AAC))).toEqual([
    ['h264', 0x100],
    ['aac', 0x110],
  ])
  expect(pids(programmeOf(AC3, VIDEO, AAC))).toEqual([
    ['ac3', 0x111],
    ['h264', 0x100],
    ['aac', 0x110],
  ])
})

test('a second video and the 17th audio find no place', () => {
  const sounds = Array.from({ length: 20 }, (_, index) => stream(0x50 + index, 'audio', 'aac'))
  const assigned = createOutputProgramme().assign(programmeOf(VIDEO, stream(0x33, 'video', 'h264'), ...sounds))
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
  const output = createOutputProgramme()
  announce(output, programmeOf(VIDEO, AAC))
  expect(output.refuse(programmeOf(...streams), isSameInput)).toBe(expected)
})
