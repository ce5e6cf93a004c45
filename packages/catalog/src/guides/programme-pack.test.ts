import { gzipSync } from 'node:zlib'
import { expect, test } from '@jest/globals'
import { encodeStaged, packStaged, type StagedProgramme, unpackStaged } from './programme-pack.ts'

const staged = (programme: Partial<StagedProgramme['programme']>): StagedProgramme => ({
  channelId: '0a',
  programme: { startMs: 1, stopMs: 2, body: '<title>"</title>', ...programme },
})

test.each<[string, StagedProgramme]>([
  ['a programme', staged({})],
  ['without a stop', staged({ stopMs: undefined })],
  ['whose hour comes twice', staged({ again: { startMs: 3, stopMs: 4 } })],
  ['whose hour comes twice, without a stop', staged({ stopMs: undefined, again: { startMs: 3, stopMs: undefined } })],
])('gives back %s', (_, programme) => {
  expect(unpackStaged(packStaged([programme, programme].map(encodeStaged)))).toEqual([programme, programme])
})

test.each(['[1,[["0a",1,2]]]', '[1,[["0a",1,2,"",{},2]]]', '[1,[["0a",1,2,"",1,"2"]]]', '[2,[]]', '{}'])(
  'refuses %s',
  (text) => {
    expect(unpackStaged(gzipSync(text))).toBeUndefined()
  },
)
