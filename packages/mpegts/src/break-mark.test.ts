import { expect, test } from '@jest/globals'
import { createTransportStreamMaker } from '@kptv/testkit'
import { isBreakMark } from './break-mark.ts'
import { PACKET_BYTES, PAT_PID, pidOf } from './packet.ts'
import { createProgramReader } from './program-reader.ts'
import { Splicer } from './splicer.ts'

/** The PATs of an output over so many sources: whether each marks a break. */
function marksOf(sources: number): boolean[] {
  const marks: boolean[] = []
  const reader = createProgramReader()
  const sink = (packets: Buffer): void => {
    for (let at = 0; at < packets.length; at += PACKET_BYTES) {
      reader.push(packets, at)
      if (pidOf(packets, at) === PAT_PID) marks.push(isBreakMark(packets.subarray(at)))
    }
  }
  const splicer = new Splicer({ sink })
  for (let index = 0; index < sources; index++) {
    splicer.startInput({ sameStream: false })
    splicer.push(createTransportStreamMaker({ sourceId: `source${index}` }).next(3_000))
  }
  expect(reader.program?.streams).toHaveLength(2)
  return marks
}

test('the tables are marked where the output starts with another source, and nowhere else', () => {
  const marks = marksOf(3)
  expect(marks.length).toBeGreaterThan(20)
  expect(marks.filter((isMark) => isMark)).toHaveLength(3)
  expect(marks[0]).toBe(true)
})
