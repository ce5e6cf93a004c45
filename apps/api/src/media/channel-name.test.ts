import { expect, test } from '@jest/globals'
import { createTransportStreamMaker } from '@kptv/testkit'
import { createCollectedOutput } from '../../test-support/collected-output.ts'

const PACKET_BYTES = 188
const SDT_PID = 0x11

/** Version and continuity counter of each SDT, and its text as bytes. */
function servicesOf(
  output: Buffer,
): Array<{ readonly version: number; readonly counter: number; readonly text: string }> {
  const packets = Array.from({ length: output.length / PACKET_BYTES }, (_, index) =>
    output.subarray(index * PACKET_BYTES, (index + 1) * PACKET_BYTES),
  )
  return packets
    .filter((packet) => (packet.readUInt16BE(1) & 0x1fff) === SDT_PID)
    .map((packet) => ({
      version: (packet[10]! >> 1) & 0x1f,
      counter: packet[3]! & 0x0f,
      text: packet.toString('latin1', 30, 30 + packet[29]!),
    }))
}

test('a channel renamed while it plays continues under its new name', () => {
  const maker = createTransportStreamMaker()
  const { output, take } = createCollectedOutput({ name: 'News' })
  output.startInput({ streamId: 'one', offsetTicks: 0 })
  output.push(maker.next(2_000))
  output.rename('News 24')
  output.push(maker.next(2_000))
  const services = servicesOf(take())
  expect(new Set(services.map(({ version, text }) => `${version} ${text}`))).toEqual(new Set(['0 News', '1 News 24']))
  expect(services.map(({ counter }) => counter)).toEqual(services.map((_, index) => index % 16))
})

test('a node that takes over continues the name, its version and its counter', () => {
  const maker = createTransportStreamMaker()
  const leader = createCollectedOutput({ name: 'News' })
  leader.output.startInput({ streamId: 'one', offsetTicks: 0 })
  leader.output.push(maker.next(2_000))
  const packets = leader.take()
  const follower = createCollectedOutput({ name: 'News' })
  const { place: state, origin } = leader.output
  follower.output.handOn({ packets, joinPoints: [0], origin, state, isNew: true })
  expect(follower.take()).toEqual(packets)
  follower.output.startInput({ streamId: 'two', offsetTicks: 0 })
  follower.output.push(createTransportStreamMaker({ sourceId: 'two' }).next(3_000))
  const before = servicesOf(packets)
  const after = servicesOf(follower.take())
  expect(after.length).toBeGreaterThan(0)
  expect(after[0]).toEqual({ ...before[0], counter: (before.at(-1)!.counter + 1) % 16 })
})
