import { Buffer } from 'node:buffer'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { createSplicer } from '../test-support/create-splicer.ts'
import { createSource } from '../test-support/test-packets.ts'
import { isSplicerState, type SplicerState } from './index.ts'
import { PACKET_BYTES } from './packet.ts'

const media = createSource().frames(60)

/** After two seconds, as it travels. */
const STATE: SplicerState = (() => {
  const splicer = createSplicer({ name: 'Café' })
  splicer.push(Buffer.from(media))
  return JSON.parse(JSON.stringify(splicer.snapshot()))
})()

type Path = readonly string[]

function pathsOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path]
  return [path, ...Object.entries(value).flatMap(([key, part]) => pathsOf(part, [...path, key]))]
}

/** The value with something else at a place of it, if it has that place. */
function changed(value: unknown, [key, ...rest]: Path, to: unknown): unknown {
  if (key === undefined) return to
  if (typeof value !== 'object' || value === null) return value
  const copy = Array.isArray(value) ? [...value] : { ...value }
  Object.assign(copy, { [key]: changed((value as Record<string, unknown>)[key], rest, to) })
  return copy
}

const strange = fc.oneof(
  fc.jsonValue(),
  fc.integer(),
  fc.integer({ min: 0, max: 31 }),
  fc.integer({ min: 0, max: 2 ** 33 - 1 }),
  fc.constantFrom<unknown>(
    undefined,
    null,
    -1,
    1.5,
    Number.NaN,
    1e300,
    2 ** 33,
    2 ** 53,
    '',
    'x'.repeat(1_000),
    [],
    {},
  ),
  fc.constant(JSON.parse('{"__proto__":{"position":188}}')),
)
const changes = (paths: readonly Path[], to: fc.Arbitrary<unknown>, most: number): fc.Arbitrary<unknown> =>
  fc
    .array(fc.tuple(fc.constantFrom(...paths), to), { minLength: 1, maxLength: most })
    .map((all) => all.reduce<unknown>((state, [path, value]) => changed(state, path, value), STATE))

const TICKS = ['time', 'presentation', 'clock', 'offset'].map((name) => ['timeline', name])
/** In the right form, and a lie: what nobody can refuse. */
const lies = fc.oneof(
  changes(TICKS, fc.integer({ min: 0, max: 2 ** 33 - 1 }), 4),
  changes(
    [0, 1].map((index) => ['output', 'streams', `${index}`, 'unitBytes']),
    fc.integer({ min: -2_000, max: 2_000 }),
    2,
  ),
)
const forged = fc.oneof(changes(pathsOf(STATE), strange, 3), lies)

describe('a state from another process', () => {
  test('is accepted as it was written, at any time', () => {
    const splicer = createSplicer()
    for (let at = 0; at < media.length; at += 50 * PACKET_BYTES) {
      expect(isSplicerState(JSON.parse(JSON.stringify(splicer.snapshot())))).toBe(true)
      splicer.push(Buffer.from(media.subarray(at, at + 50 * PACKET_BYTES)))
    }
  })

  test('is refused if forged, or a splicer continues with it in whole packets without an error', () => {
    const count = { refused: 0, taken: 0 }
    fc.assert(
      fc.property(forged, (state) => {
        if (!isSplicerState(state)) {
          count.refused += 1
          return
        }
        count.taken += 1
        const splicer = createSplicer({ resume: state })
        for (const sameStream of [true, false]) {
          splicer.startInput({ sameStream })
          expect(splicer.push(Buffer.from(media)).packets.length % PACKET_BYTES).toBe(0)
        }
        expect(isSplicerState(splicer.snapshot())).toBe(true)
      }),
      { numRuns: 400 },
    )
    // Half of them are lies in the right form.
    expect(Math.min(count.refused, count.taken)).toBeGreaterThan(20)
  })

  test.each<[string, string, unknown]>([
    ['a stream that is null', 'output.streams.0', null],
    ['the null PID', 'output.streams.0.pid', 0x1fff],
    ['a PID twice', 'output.streams.0.pid', 0x110],
    ['a kind that does not exist', 'output.streams.0.kind', 'smell'],
    ['a counter of 16', 'output.streams.0.counter', 16],
    ['one table counter', 'output.tableCounters', [1]],
    ['a time of 34 bits', 'timeline.time', 2 ** 33],
    ['a frame step of 0', 'timeline.frameSteps', [0]],
    ['a million streams', 'output.streams', Array.from({ length: 1_000_000 }, () => ({}))],
    ['a position inside a packet', 'position', 100],
    ['a timeline that is null', 'timeline', null],
  ])('with %s is refused', (_, path, to) => {
    expect(isSplicerState(changed(STATE, path.split('.'), to))).toBe(false)
  })
})
