import { describe, expect, test } from '@jest/globals'
import { createTransportStreamChecker, createTransportStreamMaker } from '@kptv/testkit'
import { type ChannelOutput, createChannelOutput } from './channel-output.ts'

const stream = { streamId: 'aaaa', offsetTicks: 0 }

/** Media of one provider in pieces of 100 ms, to be sent as often as one likes. */
const broadcast = (() => {
  const maker = createTransportStreamMaker()
  const pieces = Array.from({ length: 80 }, () => maker.next(100))
  return (from: number, to: number): Buffer => Buffer.concat(pieces.slice(from, to))
})()

/** A node whose viewer checks all that it gets. */
function node() {
  const output = createChannelOutput()
  const checker = createTransportStreamChecker()
  const pass = (packets: Buffer): Buffer => {
    const sent = output.push(Buffer.from(packets)).packets
    checker.push(sent)
    return Buffer.from(sent)
  }
  return { output, pass, report: () => checker.report() }
}

function follow(follower: ChannelOutput, leader: ChannelOutput): void {
  follower.startInput(leader.origin)
}

describe('the provider sends its last seconds again to whoever connects', () => {
  test('a follower that takes over goes on behind what came by relay', () => {
    const [leader, heir] = [node(), node()]
    leader.output.startInput(stream)
    const media = leader.pass(broadcast(0, 33))
    follow(heir.output, leader.output)
    heir.pass(media)
    heir.output.startInput(stream)
    heir.pass(broadcast(20, 30))
    expect(heir.output.isRepeating).toBe(true)
    heir.pass(broadcast(30, 60))
    expect(heir.output.isRepeating).toBe(false)
    expect(heir.report()).toMatchObject({ problems: [], sequence: { lost: 0, repeated: 0 } })
  })

  test('so do those who follow the new leader, and the old leader itself', () => {
    const [leader, heir, other] = [node(), node(), node()]
    leader.output.startInput(stream)
    const media = leader.pass(broadcast(0, 33))
    const late = leader.pass(broadcast(33, 35))
    for (const follower of [heir, other]) {
      follow(follower.output, leader.output)
      follower.pass(media)
    }
    other.pass(late)
    heir.output.startInput(stream)
    // What the new leader says first reaches back to a join point that all have passed.
    const again = node()
    again.output.startInput(stream)
    const said = again.pass(broadcast(20, 60))
    for (const follower of [other, leader]) {
      follow(follower.output, again.output)
      follower.pass(said)
      expect(follower.report()).toMatchObject({ problems: [], sequence: { lost: 0, repeated: 0 } })
    }
  })

  test('another stream is another input, whatever its time stamps say', () => {
    const { output, pass, report } = node()
    output.startInput(stream)
    pass(broadcast(0, 30))
    output.startInput({ streamId: 'bbbb', offsetTicks: 0 })
    pass(broadcast(0, 30))
    expect(report().sequence.repeated).toBeGreaterThan(0)
    expect(output.origin?.streamId).toBe('bbbb')
  })

  test('of an input that has brought nothing yet there is no origin', () => {
    const { output, pass } = node()
    expect(output.origin).toBeUndefined()
    output.startInput(stream)
    pass(broadcast(0, 10))
    expect(output.origin).toEqual(stream)
    output.startInput(stream)
    expect(output.origin).toBeUndefined()
  })
})
