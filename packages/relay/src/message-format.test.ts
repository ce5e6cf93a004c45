import { describe, expect, test } from '@jest/globals'
import { createRandom, createTransportStreamMaker } from '@kptv/testkit'
import { decodeMessage, encodeEnd, encodeMedia, encodeOffer, encodeTick, MAX_PAYLOAD_BYTES } from './message-format.ts'
import { decodeRequest, encodeRequest } from './request-format.ts'

const packets = createTransportStreamMaker().next(100)
const media = {
  kind: 'media',
  term: 1_790_000_000_123,
  sequence: 2 ** 40 + 3,
  isFlowing: true,
  isStart: false,
} as const
const joinPoints = [0, 188, 1880]

describe('reads what it has written', () => {
  test('media, from pieces', () => {
    const bytes = encodeMedia({ ...media, joinPoints }, [packets.subarray(0, 188), packets.subarray(188)])
    expect(decodeMessage(bytes)).toEqual({ ...media, joinPoints, packets })
  })

  test('media and its origin', () => {
    const origin = { streamId: '0123456789abcdef', offsetTicks: 2 ** 33 - 1 }
    const bytes = encodeMedia({ ...media, joinPoints, origin }, [packets])
    expect(decodeMessage(bytes)).toEqual({ ...media, joinPoints, packets, origin })
  })

  test('media and the state of the output after it', () => {
    const state = { output: 'a', position: 2 ** 40, splicer: { counters: [1, 15], text: 'ü' } }
    const bytes = encodeMedia({ ...media, joinPoints, state }, [packets])
    expect(decodeMessage(bytes)).toEqual({ ...media, joinPoints, packets, state })
  })

  test('a state that is too long is left out', () => {
    const bytes = encodeMedia({ ...media, joinPoints, state: 'x'.repeat(70_000) }, [packets])
    expect(decodeMessage(bytes)).toEqual({ ...media, joinPoints, packets })
  })

  test('its packets are a view, not a copy', () => {
    const bytes = encodeMedia({ ...media, joinPoints: [] }, [packets])
    const message = decodeMessage(bytes)
    expect(message?.kind === 'media' && message.packets.buffer === bytes.buffer).toBe(true)
  })

  test('a repair that starts at a join point, and one without packets', () => {
    const start = { ...media, kind: 'repair', isStart: true, joinPoints } as const
    expect(decodeMessage(encodeMedia(start, [packets]))).toEqual({ ...start, packets })
    const none = { ...start, isStart: false, joinPoints: [] } as const
    expect(decodeMessage(encodeMedia(none, []))).toEqual({ ...none, packets: Buffer.alloc(0) })
  })

  test('tick, offer and end', () => {
    const tick = { term: 1, sequence: 0, isFlowing: true }
    expect(decodeMessage(encodeTick(tick))).toEqual({ kind: 'tick', ...tick })
    const offer = { term: 3, sequence: 9, to: '0f3a' }
    expect(decodeMessage(encodeOffer(offer))).toEqual({ kind: 'offer', ...offer })
    const end = { term: Number.MAX_SAFE_INTEGER, sequence: 7, reason: 'streams-exhausted' }
    expect(decodeMessage(encodeEnd(end))).toEqual({ kind: 'end', ...end })
  })

  test('that no media reaches the leader, in every message that it goes with', () => {
    const idle = { ...media, isFlowing: false, joinPoints }
    expect(decodeMessage(encodeMedia(idle, [packets]))).toEqual({ ...idle, packets })
    const start = { ...idle, kind: 'repair', isStart: true } as const
    expect(decodeMessage(encodeMedia(start, [packets]))).toEqual({ ...start, packets })
    const tick = { term: 1, sequence: 7, isFlowing: false }
    expect(decodeMessage(encodeTick(tick))).toEqual({ kind: 'tick', ...tick })
  })

  test('a request', () => {
    const request = { term: 5, from: 9, to: Number.MAX_SAFE_INTEGER, incarnation: '0f3a-11' }
    expect(decodeRequest(encodeRequest(request))).toEqual(request)
  })
})

describe('refuses to write', () => {
  test.each<[string, () => unknown]>([
    ['half a packet', () => encodeMedia({ ...media, joinPoints: [] }, [packets.subarray(0, 100)])],
    ['too many bytes', () => encodeMedia({ ...media, joinPoints: [] }, [Buffer.alloc(188 * 5600)])],
    ['a join point between packets', () => encodeMedia({ ...media, joinPoints: [5] }, [packets])],
    ['join points that do not ascend', () => encodeMedia({ ...media, joinPoints: [188, 188] }, [packets])],
    ['a join point behind the end', () => encodeMedia({ ...media, joinPoints: [packets.length] }, [packets])],
    [
      'an origin that does not name a stream',
      () => encodeMedia({ ...media, joinPoints: [], origin: { streamId: 'http://host', offsetTicks: 0 } }, [packets]),
    ],
    ['a term beyond 53 bits', () => encodeTick({ term: 2 ** 53, sequence: 0, isFlowing: true })],
    ['a negative sequence', () => encodeTick({ term: 1, sequence: -1, isFlowing: true })],
    ['a reason that is not a code', () => encodeEnd({ term: 1, sequence: 0, reason: 'see http://user:pass@host' })],
    ['no reason', () => encodeEnd({ term: 1, sequence: 0, reason: '' })],
    ['an incarnation that is not a name', () => encodeRequest({ term: 1, from: 0, to: 0, incarnation: 'a}b' })],
  ])('%s', (_, encode) => {
    expect(encode).toThrow(RangeError)
  })
})

describe('reads foreign bytes as undefined', () => {
  const good = encodeMedia({ ...media, joinPoints }, [packets])
  const changed = (change: (bytes: Buffer) => unknown) => {
    const bytes = Buffer.from(good)
    change(bytes)
    return bytes
  }
  test.each<[string, Buffer]>([
    ['nothing', Buffer.alloc(0)],
    ['half a header', good.subarray(0, 20)],
    ['another first byte', changed((bytes) => bytes.writeUInt16BE(0x4b53, 0))],
    ['the next version', changed((bytes) => bytes.writeUInt8(4, 2))],
    ['the version before', changed((bytes) => bytes.writeUInt8(2, 2))],
    ['a missing state', changed((bytes) => bytes.writeUInt16BE(16, 28))],
    ['a state that is not JSON', withState()],
    ['a missing origin', changed((bytes) => bytes.writeUInt8(16, 5))],
    ['version 0', changed((bytes) => bytes.writeUInt8(0, 2))],
    ['an unknown kind', changed((bytes) => bytes.writeUInt8(5, 3))],
    ['term 0', changed((bytes) => bytes.fill(0, 8, 16))],
    ['a term beyond 53 bits', changed((bytes) => bytes.fill(255, 8, 16))],
    ['a sequence beyond 53 bits', changed((bytes) => bytes.fill(255, 16, 24))],
    ['one byte too few', good.subarray(0, -1)],
    ['one packet too few', good.subarray(0, -188)],
    ['one byte too many', Buffer.concat([good, Buffer.alloc(1)])],
    ['more join points than there are', changed((bytes) => bytes.writeUInt16BE(65_535, 6))],
    ['fewer join points than there are', changed((bytes) => bytes.writeUInt16BE(1, 6))],
    ['a join point between packets', changed((bytes) => bytes.writeUInt32BE(100, 34))],
    ['a join point twice', changed((bytes) => bytes.writeUInt32BE(188, 38))],
    ['a packet out of step', changed((bytes) => bytes.writeUInt8(0, 30 + 12 + 376))],
    ['media without packets', encodeMedia({ ...media, joinPoints: [] }, [])],
    [
      'a start without a join point',
      encodeMedia({ ...media, kind: 'repair', isStart: true, joinPoints: [188] }, [packets]),
    ],
    ['a tick with content', Buffer.concat([changed((b) => b.writeUInt8(1, 3))])],
    ['an end with a reason that is not a code', changed((bytes) => bytes.writeUInt8(2, 3))],
    ['a message that is too big', oversized()],
  ])('%s', (_, bytes) => {
    expect(decodeMessage(bytes)).toBeUndefined()
  })

  test('ignores unknown flags, which are for later versions', () => {
    expect(decodeMessage(changed((bytes) => bytes.writeUInt8(0b1000_0000, 4)))).toEqual({
      ...media,
      joinPoints,
      packets,
    })
  })

  test('50,000 random messages never throw, and valid ones have the promised form', () => {
    const { below: random } = createRandom(3)
    const origin = { streamId: 'a1', offsetTicks: 7 }
    const seeds = [
      good,
      encodeMedia({ ...media, joinPoints, origin }, [packets]),
      encodeTick({ term: 1, sequence: 1, isFlowing: true }),
      encodeEnd({ term: 1, sequence: 1, reason: 'over' }),
    ]
    let read = 0
    for (let round = 0; round < 50_000; round++) {
      const seed = seeds[random(seeds.length)]!
      const bytes = Buffer.from(seed.subarray(0, random(4) === 0 ? random(seed.length) : Math.min(seed.length, 2000)))
      for (let change = random(4); change > 0 && bytes.length > 0; change--) {
        bytes[random(random(2) === 0 ? bytes.length : Math.min(bytes.length, 44))] = random(256)
      }
      const message = decodeMessage(bytes)
      if (message === undefined) continue
      read++
      if (!Number.isSafeInteger(message.term) || message.term < 1 || !Number.isSafeInteger(message.sequence)) {
        throw new Error(`term ${message.term}, sequence ${message.sequence}`)
      }
      if ('packets' in message && message.packets.length % 188 !== 0) throw new Error('partial packets')
    }
    expect(read).toBeGreaterThan(1000)
  })
})

test('random requests never throw', () => {
  const { below: random } = createRandom(4)
  const good = encodeRequest({ term: 5, from: 9, to: 10, incarnation: 'abc' })
  let read = 0
  for (let round = 0; round < 20_000; round++) {
    const bytes = Buffer.from(good.subarray(0, random(3) === 0 ? random(good.length) : good.length))
    for (let change = random(3); change > 0 && bytes.length > 0; change--) bytes[random(bytes.length)] = random(256)
    const request = decodeRequest(bytes)
    if (request === undefined) continue
    read++
    expect(request.incarnation).toMatch(/^[\w.-]{1,64}$/)
    expect(request.to).toBeGreaterThanOrEqual(request.from)
  }
  expect(read).toBeGreaterThan(1000)
})

function withState(): Buffer {
  const bytes = encodeMedia({ ...media, joinPoints: [], state: {} }, [packets])
  bytes.write('{]', 30, 'latin1')
  return bytes
}

function oversized(): Buffer {
  const piece = Buffer.alloc(188, 0x47)
  const count = Math.floor(MAX_PAYLOAD_BYTES / 188)
  const bytes = encodeMedia({ ...media, joinPoints: [] }, Array<Buffer>(count).fill(piece))
  bytes.writeUInt32BE((count + 1) * 188, 24)
  return Buffer.concat([bytes, piece])
}
