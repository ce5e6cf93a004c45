import { describe, expect, test } from '@jest/globals'
import { createMediaHealth, type MediaFacts } from './media-health.ts'

const LIMITS = { startGraceMs: 10_000, stallMs: 3_000 }
const SAMPLE_MS = 250

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

/**
 * Each second of the list arrives evenly; the last one repeats. @returns the fault, and after how
 * many seconds it showed
 */
function play(announced: Partial<MediaFacts>, seconds: readonly Second[], untilSecond = 120, isLastResort = false) {
  const health = createMediaHealth({ ...LIMITS, isLastResort }, 0)
  const counts: Record<string, number> = {}
  for (let atMs = SAMPLE_MS; atMs <= untilSecond * 1000; atMs += SAMPLE_MS) {
    const second = seconds[Math.min(Math.floor((atMs - 1) / 1000), seconds.length - 1)]!
    for (const [name, amount] of Object.entries(second)) {
      counts[name] = (counts[name] ?? 0) + (amount * SAMPLE_MS) / 1000
    }
    const { mediaBytes = 0, ...known } = counts
    const facts = { ...NOTHING, ...announced, ...known } as MediaFacts
    const failure = health.check({ atMs, facts, mediaBytes, isHealthy: mediaBytes > 1_000 })
    if (failure !== undefined) return { code: failure.code, kind: failure.kind, afterSeconds: atMs / 1000 }
  }
  return undefined
}

const seconds = (count: number, second: Second): Second[] => Array(count).fill(second)
const part = (second: Record<string, number>, share: number): Second =>
  Object.fromEntries(Object.entries(second).map(([name, amount]) => [name, amount * share]))

/** A frame in the first of this many seconds, again and again for two minutes. */
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
    ['a frame every four seconds', television, [{ ...TELEVISION, videoUnits: 0.25 }]],
    ['radio with a still every ten seconds', television, [{ ...TELEVISION, videoUnits: 1 }, ...rare(10)]],
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
    ['T06: tables of missing streams', television, [{ packets: 700 }], 'no-media', 10.25],
    [
      'T17: scrambled video',
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
    ['a stopped clock', television, withoutClock, 'no-clock-progress', 8.25],
    ['audio only', television, { ...TELEVISION, videoUnits: 0 }, 'no-video', 10.25],
    ['video only', television, { ...TELEVISION, audioUnits: 0 }, 'no-audio', 15.25],
    ['a radio, silent', radio, {}, 'stalled', 8.25],
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

  test('shows a trickle only when the lead is used up', () => {
    const found = play(television, [part(TELEVISION, 20), part(TELEVISION, 0.05)])
    expect(found).toMatchObject({ code: 'trickle' })
    expect(found!.afterSeconds).toBeGreaterThan(20)
    expect(found!.afterSeconds).toBeLessThan(23)
  })

  test('T25: the same clip over and over', () => {
    expect(play(television, [...seconds(5, TELEVISION), { ...TELEVISION, repeats: 0.5 }])).toMatchObject({
      code: 'repeated-clip',
      afterSeconds: 9,
    })
  })
})

/** This many seconds of media at once, then nothing for that long, again and again. */
function bursts(lengthSeconds: number, count: number, media: Record<string, number> = TELEVISION): Second[] {
  const burst = [part(media, lengthSeconds), ...seconds(lengthSeconds - 1, {})]
  return Array.from({ length: count }, () => burst).flat()
}

describe('media that arrives in bursts', () => {
  test.each([4, 6, 8, 10])('of %i s plays for minutes', (length) => {
    expect(play(television, bursts(length, 50), 180)).toBeUndefined()
    expect(play(radio, bursts(length, 50, RADIO), 180)).toBeUndefined()
  })

  test.each([4, 6, 8, 10])('of %i s: the stream is left within a few seconds when no burst follows', (length) => {
    const found = play(television, [...bursts(length, 6), ...seconds(60, {})])
    expect(found).toMatchObject({ code: 'stalled' })
    const late = found!.afterSeconds - (6 * length - length + 1)
    expect(late).toBeGreaterThan(length)
    expect(late).toBeLessThanOrEqual(length + 4.25)
  })

  test('of which only the end was met gets its pause if nothing else can be tried', () => {
    const joined = [part(TELEVISION, 0.5), ...seconds(9, {}), ...bursts(10, 12)]
    expect(play(television, joined, 120, true)).toBeUndefined()
    expect(play(television, joined)).toMatchObject({ code: 'stalled' })
  })

  test('never makes a viewer wait longer than 20 s', () => {
    const found = play(television, [part(TELEVISION, 60), ...seconds(100, {})])
    expect(found).toMatchObject({ code: 'stalled', afterSeconds: 21.25 })
  })

  test('extends the limit only at the start: after a minute it is back to normal', () => {
    const found = play(television, [part(TELEVISION, 10), ...seconds(70, TELEVISION), ...seconds(60, {})], 180)
    expect(found).toMatchObject({ code: 'stalled', afterSeconds: 74.25 })
  })
})

describe('if nothing else can be tried', () => {
  const late = (second: Record<string, number>) => ({ packets: second.packets ?? 0 })

  test('waits for tables that arrive every 8 s', () => {
    const without = { ...late(TELEVISION), mediaBytes: 0 }
    expect(play({}, seconds(8, without), 8, true)).toBeUndefined()
    expect(play({}, [without], 120, true)).toMatchObject({ code: 'no-tables', afterSeconds: 15.25 })
    expect(play({}, [without])).toMatchObject({ code: 'no-tables', afterSeconds: 3.5 })
  })

  test('allows a first burst of 10 s or more', () => {
    expect(play(television, [...seconds(12, {}), ...bursts(10, 6)], 70, true)).toBeUndefined()
    expect(play(television, [{}], 120, true)).toMatchObject({ code: 'no-media', afterSeconds: 15.25 })
  })
})

/** Each entry lasts for this many seconds with the tracks announced in it. */
function playChanging(...parts: Array<[secondsLong: number, announced: Partial<MediaFacts>, second: Second]>) {
  const health = createMediaHealth(LIMITS, 0)
  const counts: Record<string, number> = {}
  let atMs = 0
  for (const [length, announced, second] of parts) {
    for (let step = 0; step < length * 4; step += 1) {
      atMs += SAMPLE_MS
      for (const [name, amount] of Object.entries(second)) counts[name] = (counts[name] ?? 0) + amount / 4
      const { mediaBytes = 0, ...known } = counts
      const facts = { ...NOTHING, ...announced, ...known } as MediaFacts
      const failure = health.check({ atMs, facts, mediaBytes, isHealthy: mediaBytes > 1_000 })
      if (failure !== undefined) return { code: failure.code, afterSeconds: atMs / 1000 }
    }
  }
  return undefined
}

describe('tracks that leave and return', () => {
  const mute = { hasTables: true, announcesVideo: true }
  const MUTE = { ...TELEVISION, audioUnits: 0 }

  test.each([5, 10, 30, 60])('audio that is not announced for %i s is not a fault when it returns', (away) => {
    expect(playChanging([15, television, TELEVISION], [away, mute, MUTE], [40, television, TELEVISION])).toBeUndefined()
  })

  test('a radio that gets video, loses it and gets it again is not a fault', () => {
    const played = playChanging(
      [20, radio, RADIO],
      [20, television, TELEVISION],
      [30, radio, RADIO],
      [20, television, TELEVISION],
    )
    expect(played).toBeUndefined()
  })

  test('audio that is announced again but does not arrive is a fault after ten seconds', () => {
    const found = playChanging([15, television, TELEVISION], [10, mute, MUTE], [40, television, MUTE])
    expect(found).toEqual({ code: 'no-audio', afterSeconds: 35.25 })
  })
})
