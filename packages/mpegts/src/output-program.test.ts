import { Buffer } from 'node:buffer'
import { expect, test } from '@jest/globals'
import { stream } from '../test-support/test-packets.ts'
import { OutputProgram } from './output-program.ts'
import { PACKET_BYTES } from './packet.ts'
import { type Program, parsePmt } from './program-tables.ts'
import { createSectionReader } from './section-reader.ts'

const VIDEO = stream(0x30, 'video', 'h264')
const AAC = stream(0x31, 'audio', 'aac')
const AC3 = stream(0x32, 'audio', 'ac3')
const programOf = (...streams: Program['streams']): Program => ({
  programNumber: 9,
  pmtPid: 0x40,
  pcrPid: 0x30,
  streams,
})

function announce(output: OutputProgram, program: Program) {
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
  const output = new OutputProgram()
  const versions = [programOf(VIDEO, AAC), programOf(VIDEO, AAC), programOf(VIDEO, AAC, AC3), programOf(VIDEO, AAC)]
  expect(versions.map((program) => announce(output, program).version)).toEqual([0, 0, 1, 2])
})

test('a stream keeps its PID, whatever appears and disappears before it', () => {
  const output = new OutputProgram()
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
  const tracks = Array.from({ length: 20 }, (_, index) => stream(0x50 + index, 'audio', 'aac'))
  const assigned = new OutputProgram().assign(programOf(VIDEO, stream(0x33, 'video', 'h264'), ...tracks))
  expect([...assigned.values()].filter(({ kind }) => kind === 'video')).toHaveLength(1)
  expect([...assigned.values()].filter(({ kind }) => kind === 'audio')).toHaveLength(16)
})

test.each([
  ['the same codecs', [VIDEO, AAC], undefined],
  ['another audio codec', [VIDEO, AC3], undefined],
  ['no audio', [VIDEO], undefined],
  ['no video: it may come', [AAC], undefined],
  ['nothing: it may come', [], undefined],
  ['another video codec', [stream(0x30, 'video', 'hevc'), AAC], 'output is h264, input is hevc'],
])('after h264+aac: %s', (_, streams, expected) => {
  const output = new OutputProgram()
  announce(output, programOf(VIDEO, AAC))
  expect(output.refuse(programOf(...streams))).toBe(expected)
})

test('tracks that swap places keep their PIDs: by codec, and by language if the codec is the same', () => {
  const language = (pid: number, code: string) => ({
    ...stream(pid, 'audio', 'aac'),
    descriptors: Buffer.concat([Buffer.from([0x0a, 4]), Buffer.from(code), Buffer.from([0])]),
  })
  const output = new OutputProgram()
  const pids = (...streams: Program['streams']) =>
    [...output.assign(programOf(...streams)).values()].map(({ pid }) => pid)
  expect(pids(AC3, AAC)).toEqual([0x110, 0x111])
  expect(pids(AAC, AC3)).toEqual([0x111, 0x110])
  const languages = new OutputProgram()
  const taken = (...streams: Program['streams']) =>
    [...languages.assign(programOf(...streams))].map(([from, { pid }]) => [from, pid] as const)
  expect(taken(language(0x40, 'deu'), language(0x41, 'eng'))).toEqual([
    [0x40, 0x110],
    [0x41, 0x111],
  ])
  expect(new Map(taken(language(0x50, 'eng'), language(0x51, 'deu'))).get(0x50)).toBe(0x111)
  expect(new Map(taken(language(0x60, 'fra'))).get(0x60)).toBe(0x110)
})
