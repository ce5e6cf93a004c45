import { describe, expect, test } from '@jest/globals'
import { createTransportStreamChecker, createTransportStreamMaker } from '@kptv/testkit'
import { createCollectedOutput } from '../../test-support/collected-output.ts'
import { ChannelOutput } from './channel-output.ts'
import type { RelayedMedia } from './relayed-media.ts'

const stream = { streamId: 'aaaa', offsetTicks: 0 }

/** Media of one provider in pieces of 100 ms, which can be sent repeatedly. */
const broadcast = (() => {
  const maker = createTransportStreamMaker()
  const pieces = Array.from({ length: 80 }, () => maker.next(100))
  return (from: number, to: number): Buffer => Buffer.concat(pieces.slice(from, to))
})()

/** A node whose viewer checks all its media. */
function node(options: { readonly hasSlate?: boolean } = {}) {
  const { output, take } = createCollectedOutput(options)
  const checker = createTransportStreamChecker()
  const all: Buffer[] = []
  const taken = (): Buffer => {
    const sent = take()
    checker.push(sent)
    all.push(sent)
    return sent
  }
  return {
    output,
    /** Plays the media of a connection; returns what other nodes get of it. */
    pass(packets: Buffer): RelayedMedia {
      output.push(Buffer.from(packets))
      return { packets: taken(), joinPoints: [], origin: output.origin, state: wire(output), isNew: false }
    },
    /** By way of the relay. */
    hear(...media: readonly RelayedMedia[]): void {
      for (const one of media) output.handOn(one)
      taken()
    },
    bytes: () => Buffer.concat(all),
    report: () => checker.report(),
  }
}

/** As it travels. */
function wire(output: ChannelOutput): unknown {
  return JSON.parse(JSON.stringify(output.place))
}

describe('a follower', () => {
  test("passes on its leader's exact bytes across every switch of source", () => {
    const [leader, follower] = [node(), node()]
    for (const [index, from] of [0, 20, 5, 40].entries()) {
      leader.output.startInput({ streamId: `source${index}`, offsetTicks: 0 })
      for (let at = from; at < from + 20; at += 1) follower.hear(leader.pass(broadcast(at, at + 1)))
    }
    expect(follower.bytes().equals(leader.bytes())).toBe(true)
    expect(follower.output.place).toEqual(leader.output.place)
    expect(follower.report()).toMatchObject({ continuity: { errors: 0 }, clocks: { pcrBackward: 0, pcrJumps: 0 } })
  })

  test('reports whether the media it received was new to it', () => {
    const [leader, follower] = [node(), node()]
    leader.output.startInput({ streamId: 'source', offsetTicks: 0 })
    const media = leader.pass(broadcast(0, 20))
    expect([follower.output.handOn(media), follower.output.handOn(media)]).toEqual([true, false])
    expect(leader.output.handOn(media)).toBe(false)
    expect(follower.output.handOn(leader.pass(broadcast(20, 21)))).toBe(true)
  })

  test('that takes over continues where the leader was last heard, and the others continue with its bytes', () => {
    const [leader, successor, other] = [node(), node(), node()]
    leader.output.startInput(stream)
    const heard = [leader.pass(broadcast(0, 20)), leader.pass(broadcast(20, 33))]
    for (const follower of [successor, other]) follower.hear(...heard)
    // The provider repeats its last seconds on every connection.
    successor.output.startInput(stream)
    other.hear(successor.pass(broadcast(20, 30)))
    expect(successor.output.isRepeating).toBe(true)
    other.hear(successor.pass(broadcast(30, 60)))
    expect(successor.output.isRepeating).toBe(false)
    expect(other.bytes().equals(successor.bytes())).toBe(true)
    for (const one of [successor, other]) {
      expect(one.report()).toMatchObject({ problems: [], sequence: { lost: 0, repeated: 0 } })
    }
  })

  test("finds its place in a new leader's first media and repeats none of it", () => {
    const [leader, successor, other] = [node(), node(), node()]
    leader.output.startInput(stream)
    const first = leader.pass(broadcast(0, 20))
    const second = leader.pass(broadcast(20, 33))
    successor.hear(first, second)
    other.hear(first)
    const said = { ...second, state: wire(successor.output), packets: Buffer.concat([first.packets, second.packets]) }
    successor.output.startInput(stream)
    const next = successor.pass(broadcast(25, 60))
    other.hear({ ...said, isNew: true }, next)
    expect(other.bytes().equals(successor.bytes())).toBe(true)
  })

  test.each([
    ['more', 35],
    ['less', 28],
  ])('that had %s of the old leader than the new one continues on its own, with equal timestamps', (_, heardTo) => {
    const [leader, successor, other] = [node(), node(), node()]
    leader.output.startInput(stream)
    const first = leader.pass(broadcast(0, 20))
    successor.hear(first)
    other.hear(first)
    for (let at = 20; at < 35; at += 1) {
      const media = leader.pass(broadcast(at, at + 1))
      if (at < 33) successor.hear(media)
      if (at < heardTo) other.hear(media)
    }
    successor.output.startInput(stream)
    const media = successor.pass(broadcast(25, 60))
    other.hear({ ...media, isNew: true })
    // Media that was never received also leaves a gap in the timestamps, so that they stay those
    // of the channel.
    const isHole = (problem: string) => /jumps of PTS/.test(problem)
    expect(other.report().problems.filter((problem) => heardTo > 33 || !isHole(problem))).toEqual([])
    const { clock, output, splicer } = other.output.place
    expect(clock).toBe(successor.output.place.clock)
    expect(output).not.toBe(successor.output.place.output)
    expect(splicer.timeline.time).toBe(successor.output.place.splicer.timeline.time)
  })

  test.each([
    ['at once', false],
    ['behind what it has had before', true],
  ])('that had more of the old leader meets another connection %s: it continues at a key frame', (_, isSaid) => {
    const [leader, successor, other] = [node(), node(), node()]
    leader.output.startInput(stream)
    const first = leader.pass(broadcast(0, 20))
    successor.hear(first)
    const said = { ...first, state: wire(successor.output), isNew: true }
    other.hear(first)
    for (let at = 20; at < 33; at += 1) other.hear(leader.pass(broadcast(at, at + 1)))
    // Of what comes, none was had by anyone; its timestamps were, with other frames.
    successor.output.startInput(stream)
    if (isSaid) other.hear(said)
    for (let at = 40; at < 78; at += 1) other.hear(successor.pass(broadcast(at, at + 1)))
    const { problems, sequence } = other.report()
    expect(problems.filter((problem) => !/jumps of PTS/.test(problem))).toEqual([])
    expect(sequence.gaps.map((gap) => gap.resumesAtJoinPoint)).toEqual([true, true])
    expect(sequence.repeated).toBe(0)
    expect(other.output.place.splicer.timeline.time).toBe(successor.output.place.splicer.timeline.time)
    expect(other.output.origin).toEqual(successor.output.origin)
  })

  test('that splices knows the stream and the times of each source its leader has moved to', () => {
    const [leader, follower] = [node(), node({ hasSlate: true })]
    for (const [index, from] of [20, 5, 40].entries()) {
      leader.output.startInput({ streamId: `source${index}`, offsetTicks: 0 })
      for (let at = from; at < from + 20; at += 1) follower.hear(leader.pass(broadcast(at, at + 1)))
      expect(follower.output.origin).toEqual(leader.output.origin)
      expect(follower.output.playedTicks(`source${index}`)).toBe(leader.output.playedTicks(`source${index}`))
    }
  })

  test('whose leader knows nothing of this output keeps its own clock', () => {
    const [leader, stranger, follower] = [node(), node(), node()]
    leader.output.startInput(stream)
    follower.hear(leader.pass(broadcast(0, 33)))
    stranger.output.startInput(stream)
    follower.hear({ ...stranger.pass(broadcast(20, 60)), isNew: true })
    expect(follower.report()).toMatchObject({ problems: [], sequence: { lost: 0, repeated: 0 } })
    expect(follower.output.place.clock).toBe(leader.output.place.clock)
  })

  test("that shows a slate splices on its own for the stand-in frame, with its leader's timestamps", () => {
    const [leader, follower] = [node(), node({ hasSlate: true })]
    leader.output.startInput(stream)
    follower.hear(leader.pass(broadcast(0, 20)), leader.pass(broadcast(20, 33)))
    expect(follower.report().problems).toEqual([])
    expect(follower.output.place.splicer.timeline.time).toBe(leader.output.place.splicer.timeline.time)
  })

  test('treats media that does not state its place as one more input', () => {
    const [leader, follower] = [node(), node()]
    leader.output.startInput(stream)
    for (const state of [undefined, null, 7, {}, { output: 'x', clock: 'y', from: 0 }]) {
      follower.hear({ ...leader.pass(broadcast(0, 40)), state, isNew: true })
    }
    expect(follower.report().problems).toEqual([])
  })
})

describe('the inputs', () => {
  test('another stream is another input, whatever its timestamps are', () => {
    const { output, pass, report } = node()
    output.startInput(stream)
    pass(broadcast(0, 30))
    output.startInput({ streamId: 'bbbb', offsetTicks: 0 })
    pass(broadcast(0, 30))
    expect(report().sequence.repeated).toBeGreaterThan(0)
    expect(output.origin?.streamId).toBe('bbbb')
  })

  test('an input that has brought nothing yet has no origin', () => {
    const { output, pass } = node()
    expect(output.origin).toBeUndefined()
    output.startInput(stream)
    pass(broadcast(0, 10))
    expect(output.origin).toEqual(stream)
    output.startInput(stream)
    expect(output.origin).toBeUndefined()
  })
})

describe('the gate', () => {
  test('leaves discarded media out of the counters: the output continues where the last media ended', () => {
    let isOpen = true
    const { output, take } = createCollectedOutput({ mayTake: () => isOpen })
    const checker = createTransportStreamChecker()
    output.startInput(stream)
    output.push(broadcast(0, 20))
    isOpen = false
    output.push(broadcast(20, 25))
    output.fill(9_000)
    checker.push(take())
    isOpen = true
    output.startInput(stream)
    output.push(broadcast(18, 60))
    checker.push(take())
    expect(checker.report()).toMatchObject({ problems: [], continuity: { errors: 0 }, sequence: { lost: 0 } })
  })

  test('is not asked about media from another node, which has asked it already', () => {
    const { output, seen } = createCollectedOutput({ mayTake: () => false })
    const media = { packets: broadcast(0, 20), joinPoints: [], origin: stream, state: undefined, isNew: true }
    output.handOn(media)
    expect(seen.bytes).toBeGreaterThan(0)
  })
})

test('a long push is committed in pieces, each with the state of the output after it', () => {
  const states: Array<{ readonly position: number; readonly written: number }> = []
  let written = 0
  const output = new ChannelOutput({
    sink: {
      write: (packets) => {
        written += packets.length
      },
      commit: ({ position }) => void states.push({ position, written }),
    },
  })
  output.startInput(stream)
  output.push(broadcast(0, 30))
  expect(states.length).toBeGreaterThan(2)
  expect(states.filter(({ position, written }) => position !== written)).toEqual([])
})
