import { expect, test } from '@jest/globals'
import { createTransportStreamChecker, createTransportStreamMaker } from '@kptv/testkit'
import { createCollectedOutput } from '../../test-support/collected-output.ts'

/**
 * Sources of one channel: other clocks, other counters, and each sends its last seconds again to
 * those that connect.
 */
const sources = Array.from({ length: 6 }, (_, index) => {
  const maker = createTransportStreamMaker({ sourceId: `source${index}`, startTicks: 900_000 + index * 77_777_777 })
  const pieces = Array.from({ length: 300 }, () => maker.next(100))
  let at = 20
  return {
    origin: { streamId: `source${index}`, offsetTicks: 0 },
    connect: () => {
      at -= 15
    },
    next: (): Buffer => Buffer.from(pieces[at++]!),
  }
})

function node() {
  const { output, take } = createCollectedOutput()
  const checker = createTransportStreamChecker()
  return {
    output,
    checker,
    take(): Buffer {
      const bytes = take()
      checker.push(bytes)
      return bytes
    },
  }
}

type Node = ReturnType<typeof node>

/**
 * The leader plays this many pieces of a source, which each of the others receives with its own lag
 * in pieces.
 */
function play(leader: Node, others: ReadonlyArray<readonly [Node, lag: number]>, source: number, pieces: number) {
  const from = sources[source]!
  from.connect()
  leader.output.startInput(from.origin)
  const heard = []
  for (let piece = 0; piece < pieces; piece += 1) {
    leader.output.push(from.next())
    const { origin, place } = leader.output
    const state: unknown = JSON.parse(JSON.stringify(place))
    heard.push({ packets: leader.take(), joinPoints: [], origin, state, isNew: piece === 0 })
  }
  for (const [other, lag] of others) {
    for (const media of heard.slice(0, pieces - lag)) if (media.packets.length > 0) other.output.handOn(media)
    other.take()
  }
}

const timeOf = ({ output }: Node) => output.place.splicer.timeline.time
const clockOf = ({ output }: Node) => output.place.clock

test('after ten switches of source, two takeovers and a drain, equal frames have equal timestamps on three nodes', () => {
  const [one, two, three] = [node(), node(), node()]
  const all = [
    [two, 0],
    [three, 0],
  ] as const
  for (let turn = 0; turn < 10; turn += 1) play(one, all, turn % 6, 30)
  expect([timeOf(two), timeOf(three)]).toEqual([timeOf(one), timeOf(one)])
  expect([two.output.position, three.output.position]).toEqual([one.output.position, one.output.position])

  // The first dies; its last pieces reach only the third, which is then ahead.
  play(
    one,
    [
      [two, 3],
      [three, 0],
    ],
    4,
    30,
  )
  play(two, [[three, 0]], 4, 40)
  expect(timeOf(three)).toBe(timeOf(two))

  // The second dies too, the third leads, and the first, restarted, follows as a new node.
  const again = node()
  play(three, [[again, 0]], 4, 40)
  expect(timeOf(again)).toBe(timeOf(three))

  // The third drains: it is ahead of the new leader by what it played during the election.
  play(three, [[again, 2]], 5, 30)
  play(again, [[three, 0]], 5, 40)
  expect(timeOf(three)).toBe(timeOf(again))
  expect(new Set([one, two, three, again].map(clockOf)).size).toBe(1)
  for (const { checker } of [one, two, three, again]) {
    const { continuity, clocks } = checker.report()
    expect([continuity.errors, clocks.pcrBackward, clocks.stampBackward]).toEqual([0, 0, 0])
  }
})

test('two nodes that take over in turn at the same place make different bytes: a third node does not mix them', () => {
  const [one, two, three, four] = [node(), node(), node(), node()]
  play(one, [[two, 0] as const, [three, 0] as const, [four, 0] as const], 0, 30)
  // The third hears nothing of the second, which it takes over from.
  play(two, [[four, 0]], 1, 30)
  play(three, [[four, 0]], 2, 40)
  const { continuity, clocks, sequence } = four.checker.report()
  expect([continuity.errors, clocks.pcrBackward, clocks.stampBackward]).toEqual([0, 0, 0])
  expect(sequence.switches.every(({ startsAtKeyFrame }) => startsAtKeyFrame)).toBe(true)
  expect(clockOf(four)).toBe(clockOf(three))
})

test('within a term two followers pass on the same bytes', () => {
  const [one, two, three] = [node(), node(), node()]
  const bytes = new Map<Node, Buffer[]>([two, three].map((each) => [each, []]))
  for (const [each, kept] of bytes) {
    const { take } = each
    each.take = () => {
      const taken = take()
      kept.push(taken)
      return taken
    }
  }
  for (const source of [0, 1, 2, 0])
    play(
      one,
      [...bytes.keys()].map((each) => [each, 0] as const),
      source,
      30,
    )
  const [first, second] = [two, three].map((each) => Buffer.concat(bytes.get(each)!))
  expect(first!.length).toBeGreaterThan(1_000_000)
  expect(first!.equals(second!)).toBe(true)
})
