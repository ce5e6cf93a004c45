import { describe, expect, test } from '@jest/globals'
import { createMediaHealth, type MediaFacts } from './media-health.ts'

const LIMITS = { startGraceMs: 10_000, stallMs: 3_000 }
const LOOK_MS = 250

const NOTHING: MediaFacts = {
  packets: 0,
  nullPackets: 0,
  scrambledPackets: 0,
  hasTables: false,
  announcesVideo: false,
  announcesAudio: false,
  videoUnits: 0,
  audioUnits: 0,
  clockTicks: 0,
  repeats: 0,
}

/** A second of a healthy channel; the first two packets are its tables. */
const TELEVISION = { packets: 700, videoUnits: 25, audioUnits: 30, clockTicks: 90_000, mediaBytes: 130_000 }
const RADIO = { packets: 32, audioUnits: 10, clockTicks: 90_000, mediaBytes: 6_000 }

type Second = Partial<Record<keyof MediaFacts | 'mediaBytes', number>>

/** Each second of the list comes evenly; the last one goes on. Answers the fault, and after how many seconds it was told. */
function play(announced: Partial<MediaFacts>, seconds: readonly Second[], untilSecond = 120) {
  const health = createMediaHealth(LIMITS, 0)
  const counts: Record<string, number> = {}
  for (let atMs = LOOK_MS; atMs <= untilSecond * 1000; atMs += LOOK_MS) {
    const second = seconds[Math.min(Math.floor((atMs - 1) / 1000), seconds.length - 1)]!
    for (const [name, amount] of Object.entries(second)) {
      counts[name] = (counts[name] ?? 0) + (amount * LOOK_MS) / 1000
    }
    const { mediaBytes = 0, ...known } = counts
    const facts = { ...NOTHING, ...announced, ...known } as MediaFacts
    const failure = health.look({ atMs, facts, mediaBytes, isHealthy: mediaBytes > 1_000 })
    if (failure !== undefined) return { code: failure.code, kind: failure.kind, afterSeconds: atMs / 1000 }
  }
  return undefined
}

const seconds = (count: number, second: Second): Second[] => Array(count).fill(second)
const part = (second: Record<string, number>, share: number): Second =>
  Object.fromEntries(Object.entries(second).map(([name, amount]) => [name, amount * share]))

/** A picture in the first of so many seconds, again and again for two minutes. */
const rare = (count: number): Second[] =>
  Array.from({ length: 120 }, (_, second) => ({ ...TELEVISION, videoUnits: second % count === count - 1 ? 1 : 0 }))

const television = { hasTables: true, announcesVideo: true, announcesAudio: true }
const radio = { hasTables: true, announcesAudio: true }

describe('healthy', () => {
  test.each([
    ['television', television, [TELEVISION]],
    ['a radio of 48 kbit/s', radio, [RADIO]],
    ['television that is a little slow', television, [part(TELEVISION, 0.9)]],
    ['a stream without any clock', television, [{ ...TELEVISION, clockTicks: 0 }]],
    ['a short stall', television, [...seconds(5, TELEVISION), ...seconds(2, {}), TELEVISION]],
    ['a burst, then nothing new for its length', television, [part(TELEVISION, 20), part(TELEVISION, 0.06)], 18],
    ['a picture every four seconds', television, [{ ...TELEVISION, videoUnits: 0.25 }]],
    ['radio with a picture every ten seconds', television, [{ ...TELEVISION, videoUnits: 1 }, ...rare(10)]],
    ['media after nine seconds', television, [...seconds(9, {}), TELEVISION]],
    ['a mute channel', { ...television, announcesAudio: true }, [{ ...TELEVISION, audioUnits: 0 }]],
    ['T24: a source that loops now and then', television, [{ ...TELEVISION, repeats: 1 / 120 }]],
  ] as const)('%s', (_, announced, history, until: number = 120) => {
    expect(play(announced, history, until)).toBeUndefined()
  })
})

describe('at the start', () => {
  test.each([
    ['no bytes at all', {}, [{}], 'no-media', 10.25],
    ['T05: null packets only', {}, [{ packets: 700, nullPackets: 700 }], 'null-packets', 10.25],
    ['T06: packets without tables', {}, [{ packets: 700 }], 'no-tables', 3.5],
    ['T06: tables of streams that are not there', television, [{ packets: 700 }], 'no-media', 10.25],
    [
      'T17: scrambled pictures',
      television,
      [{ packets: 700, scrambledPackets: 600, audioUnits: 30, clockTicks: 90_000 }],
      'scrambled',
      5.5,
    ],
  ] as const)('%s', (_, announced, history, code, afterSeconds) => {
    expect(play(announced, history)).toEqual({ code, kind: 'passing', afterSeconds })
  })
})

describe('after five good seconds', () => {
  const { clockTicks: _, ...withoutClock } = TELEVISION
  test.each([
    ['silence', television, {}, 'stalled', 8.25],
    ['null packets only', television, { packets: 700, nullPackets: 700 }, 'null-packets', 8.25],
    ['tables only', television, { packets: 20 }, 'no-media', 8.25],
    ['a clock that stands', television, withoutClock, 'no-clock-progress', 8.25],
    ['sound only', television, { ...TELEVISION, videoUnits: 0 }, 'no-video', 10.25],
    ['pictures only', television, { ...TELEVISION, audioUnits: 0 }, 'no-audio', 15.25],
    ['one of a radio, silent', radio, {}, 'stalled', 8.25],
  ] as const)('%s', (_, announced, then, code, afterSeconds) => {
    const before = announced === radio ? RADIO : TELEVISION
    expect(play(announced, [...seconds(5, before), then])).toEqual({ code, kind: 'passing', afterSeconds })
  })

  test.each([
    ['television', television, TELEVISION],
    ['radio', radio, RADIO],
  ])('5 % of its own rate: %s', (_, announced, second) => {
    const found = play(announced, [...seconds(5, second), part(second, 0.05)])
    expect(found).toMatchObject({ code: 'trickle' })
    expect(found!.afterSeconds).toBeLessThanOrEqual(13)
  })

  test('a trickle shows only when what came ahead is used up', () => {
    const found = play(television, [part(TELEVISION, 20), part(TELEVISION, 0.05)])
    expect(found).toMatchObject({ code: 'trickle' })
    expect(found!.afterSeconds).toBeGreaterThan(20)
    expect(found!.afterSeconds).toBeLessThan(23)
  })

  test('T25: the same clip again and again', () => {
    expect(play(television, [...seconds(5, TELEVISION), { ...TELEVISION, repeats: 0.5 }])).toMatchObject({
      code: 'repeated-clip',
      afterSeconds: 9,
    })
  })
})
