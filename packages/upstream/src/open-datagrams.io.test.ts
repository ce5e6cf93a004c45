import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { networkInterfaces } from 'node:os'
import { afterEach, describe, expect, test } from '@jest/globals'
import { eventually, findFreePort } from '@kptv/testkit'
import fc from 'fast-check'
import { failureOf, requestOptions } from '../test-support/requests.ts'
import { createAddressPolicy } from './address-policy.ts'
import { createDatagramReader } from './datagram-reader.ts'
import { openDatagrams } from './open-datagrams.ts'
import type { OpenedStream } from './open-stream.ts'

const packets = (first: number, count = 7): Buffer =>
  Buffer.concat(Array.from({ length: count }, (_, at) => Buffer.alloc(188, (first + at) % 256).fill(0x47, 0, 1)))

function rtp(sequence: number, payload: Buffer, { sources = 0, extension = 0, padding = 0 } = {}): Buffer {
  const first = 0x80 | sources | (extension > 0 ? 0x10 : 0) | (padding > 0 ? 0x20 : 0)
  const header = Buffer.alloc(12 + 4 * sources + (extension > 0 ? 4 + 4 * extension : 0))
  header.set([first, 33])
  header.writeUInt16BE(sequence % 65_536, 2)
  if (extension > 0) header.writeUInt16BE(extension, 12 + 4 * sources + 2)
  return Buffer.concat([header, payload, Buffer.alloc(padding, padding)])
}

const opened: OpenedStream[] = []

afterEach(async () => {
  for (const stream of opened.splice(0)) await stream.close()
})

async function receive(url: string) {
  const allowAddress = createAddressPolicy({ allowedCidrs: ['127.0.0.0/8', '239.0.0.0/8'], allowedHosts: [] })
  const stream = await openDatagrams({ ...requestOptions(), allowAddress, url })
  opened.push(stream)
  const pieces: Buffer[] = []
  stream.body.on('data', (piece: Buffer) => pieces.push(piece))
  return { stream, received: () => Buffer.concat(pieces) }
}

async function send(port: number, datagrams: readonly Buffer[]): Promise<void> {
  const socket = createSocket('udp4')
  for (const datagram of datagrams) await new Promise((resolve) => socket.send(datagram, port, '127.0.0.1', resolve))
  socket.close()
}

describe('a transport stream in datagrams arrives byte for byte, with any content', () => {
  test.each([
    ['udp://@127.0.0.1', (payload: Buffer) => payload],
    ['udp://127.0.0.1', (payload: Buffer, number: number) => rtp(number, payload)],
    [
      'rtp://127.0.0.1',
      (payload: Buffer, number: number) => rtp(65_534 + number, payload, { sources: 2, extension: 1 }),
    ],
    ['rtp://@127.0.0.1', (payload: Buffer, number: number) => rtp(number, payload, { padding: 4 })],
    ['igmp://127.0.0.1', (payload: Buffer) => payload],
  ])('%s', async (address, wrap) => {
    const port = await findFreePort()
    const { received } = await receive(`${address}:${port}?pkt_size=1316`)
    const sent = Array.from({ length: 5 }, (_, number) => packets(number * 7))
    await send(port, sent.map(wrap))
    await eventually('all has come', () => received().length === 5 * 7 * 188)
    expect(received().equals(Buffer.concat(sent))).toBe(true)
  })
})

describe('listens only where it may', () => {
  const anything = () => true

  test.each([
    ['udp://8.8.8.8:26891', 'blocked-address'],
    ['rtp://@1.1.1.1:26891', 'blocked-address'],
    ['udp://0.0.0.0:26891', 'blocked-address'],
    ['udp://@:26891', 'bad-url'],
    ['udp://127.0.0.1:6379', 'blocked-port'],
  ])('%s is %s, whatever the policy says', async (url, code) => {
    expect((await failureOf(openDatagrams({ ...requestOptions(), allowAddress: anything, url }))).code).toBe(code)
  })

  test.each(['udp://@239.0.0.1:1234', 'udp://0x7f000001:1234', 'rtp://10.0.0.1:5004'])(
    '%s is not allowed by default',
    async (url) => {
      const allowAddress = createAddressPolicy({ allowedCidrs: [], allowedHosts: [] })
      expect((await failureOf(openDatagrams({ ...requestOptions(), allowAddress, url }))).code).toBe('blocked-address')
    },
  )

  test('a datagram to another address of this machine is ignored', async () => {
    const port = await findFreePort()
    const { received } = await receive(`udp://127.0.0.2:${port}`)
    await send(port, [packets(0)])
    const socket = createSocket('udp4')
    await new Promise((resolve) => socket.send(packets(1), port, '127.0.0.2', resolve))
    socket.close()
    await eventually('the one for it has come', () => received().length > 0)
    expect(received().equals(packets(1))).toBe(true)
  })

  test('two listeners on one address: the second gets an error', async () => {
    const port = await findFreePort()
    await receive(`udp://127.0.0.1:${port}`)
    const failure = await failureOf(openDatagrams({ ...requestOptions(), url: `udp://127.0.0.1:${port}` }))
    expect(failure.code).toBe('unreachable')
  })
})

test('silence is a failure, and the socket is closed', async () => {
  const timeouts = { connectMs: 1_000, responseMs: 50 }
  const stream = await openDatagrams({ ...requestOptions(), timeouts, url: `udp://127.0.0.1:${await findFreePort()}` })
  const [error] = await once(stream.body.resume(), 'error')
  expect(error.code).toBe('response-timeout')
  await stream.closed
})

const hasMulticast = Object.values(networkInterfaces())
  .flat()
  .some((one) => one?.internal === false && one.family === 'IPv4')
const testWithMulticast = hasMulticast ? test : test.skip

testWithMulticast('a multicast group is joined', async () => {
  const port = await findFreePort()
  const { received } = await receive(`udp://@239.1.2.3:${port}`)
  const socket = createSocket('udp4')
  await new Promise<void>((resolve) => socket.bind(0, resolve))
  socket.setMulticastLoopback(true)
  await new Promise((resolve) => socket.send(packets(3), port, '239.1.2.3', resolve))
  await eventually('it has come', () => received().length > 0)
  expect(received().equals(packets(3))).toBe(true)
  socket.close()
})

test('RTP is put in order; repeated or late packets are dropped', () => {
  const order = fc.array(fc.nat(8), { minLength: 60, maxLength: 60 })
  fc.assert(
    fc.property(order, fc.nat(65_535), (delays, first) => {
      const sent = delays.map((delay, number) => ({ at: number + delay, number }))
      const arriving = [{ at: -1, number: 0 }, ...sent.slice(1), ...sent.slice(1, 20)].sort((a, b) => a.at - b.at)
      const reader = createDatagramReader()
      const out = arriving.flatMap(({ number }) => reader.push(rtp(first + number, packets(number, 1))))
      expect(out.map((payload) => payload[1])).toEqual(delays.map((_, number) => number))
    }),
  )
})

test('a lost datagram does not hold up the rest, and a restarted sender is followed', () => {
  const reader = createDatagramReader()
  const push = (sequence: number) => reader.push(rtp(sequence, packets(sequence, 1))).map((payload) => payload[1])
  expect([0, 1, 3].flatMap(push)).toEqual([0, 1])
  expect(Array.from({ length: 20 }, (_, at) => 4 + at).flatMap(push)).toEqual(
    Array.from({ length: 21 }, (_, at) => 3 + at),
  )
  expect([40_000, 40_001].flatMap(push)).toEqual([40_000 % 256, 40_001 % 256])
})

test('no datagram makes it throw', () => {
  const reader = createDatagramReader()
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      for (const payload of reader.push(Buffer.from(bytes))) expect(payload.length).toBeLessThanOrEqual(bytes.length)
    }),
  )
})
