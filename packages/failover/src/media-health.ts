import type { Failure } from './model.ts'

/** What is known of one attempt's media. All counts are since its start, so they only grow. */
export type MediaFacts = {
  /** Transport packets of any kind, and those of them that are stuffing. */
  readonly packets: number
  readonly nullPackets: number
  /** Packets of the program's streams that nobody can read. */
  readonly scrambledPackets: number
  readonly hasTables: boolean
  /** By the tables; radio announces no video. */
  readonly announcesVideo: boolean
  readonly announcesAudio: boolean
  /** Pictures and packets of sound, in the clear. */
  readonly videoUnits: number
  readonly audioUnits: number
  /** How far the stream's own clock has come, in ticks of 90 kHz; 0 as long as it has none. */
  readonly clockTicks: number
  /** How often the same short clip has begun anew. */
  readonly repeats: number
}

/** One look at an attempt. Times in milliseconds, monotonic. */
export type HealthLook = {
  readonly atMs: number
  readonly facts: MediaFacts
  /** What viewers got of it. */
  readonly mediaBytes: number
  /** Enough of it for the stream to count as started. */
  readonly isHealthy: boolean
}

/** All in milliseconds. */
export type HealthLimits = {
  /** From the answer's header to sound media; how long the answer may take is the connection's own limit. */
  readonly startGraceMs: number
  /** Between two pieces of media, and for a clock that stands, once the stream has begun. Read at each look: it may become longer. */
  readonly stallMs: number
}

export type MediaHealth = {
  /** The fault of the attempt, if it has one by now. Ask several times a second. */
  look(look: HealthLook): Failure | undefined
}

/** Packets come, but no PAT and PMT among them. */
const NO_TABLES_MS = 3_000
const SCRAMBLED_MS = 5_000
/** Pictures may be as rare as three times the longest distance seen; radio with a picture sends few, and is given time to show it. */
const NO_VIDEO_MS = 5_000
const RARE_PICTURES = 3
const MOVING_PICTURES = 25
const NO_FIRST_VIDEO_MS = 20_000
const NO_AUDIO_MS = 10_000
/** Less than this share of real time for so long, with nothing in hand any more, starves every player. */
const TRICKLE_SHARE = 0.7
const TRICKLE_WINDOW_MS = 10_000
/** A clip must come round this often: a source that loops once is played on. */
const REPEATS_OF_A_CLIP = 2
const TICKS_PER_MS = 90

/**
 * Judges one attempt; make another one for the next, so that nothing known of a former attempt judges this one. The rate of a stream
 * is told by its own clock, not by its bytes: a radio of 48 kbit/s is as healthy as a film of 20 Mbit/s.
 *
 * @param startMs when the provider's answer had come
 */
export function createMediaHealth(limits: HealthLimits, startMs: number): MediaHealth {
  const packets = since(startMs)
  const filled = since(startMs)
  const media = since(startMs)
  const clock = since(startMs)
  const video = since(startMs)
  const audio = since(startMs)
  const pace = createPace()
  let packetsAtMs: number | undefined
  let scrambledAtMs: number | undefined

  function look(now: HealthLook): Failure | undefined {
    const { atMs, facts } = now
    packets.observe(facts.packets, atMs)
    filled.observe(facts.packets - facts.nullPackets, atMs)
    media.observe(now.mediaBytes, atMs)
    clock.observe(facts.clockTicks, atMs)
    video.observe(facts.videoUnits, atMs)
    audio.observe(facts.audioUnits, atMs)
    if (facts.packets > facts.nullPackets) packetsAtMs ??= atMs
    if (facts.scrambledPackets > 0) scrambledAtMs ??= atMs
    const code = now.isHealthy ? faultOfRunning(now) : faultOfStarting(now)
    return code === undefined ? undefined : { kind: 'passing', code }
  }

  function faultOfStarting({ atMs, facts }: HealthLook): string | undefined {
    const isReadable = (facts.announcesVideo ? facts.videoUnits : facts.audioUnits) > 0
    if (packetsAtMs !== undefined && !facts.hasTables && atMs - packetsAtMs > NO_TABLES_MS) return 'no-tables'
    if (scrambledAtMs !== undefined && !isReadable && atMs - scrambledAtMs > SCRAMBLED_MS) return 'scrambled'
    if (atMs - startMs <= limits.startGraceMs) return undefined
    return packetsAtMs === undefined && facts.packets > 0 ? 'null-packets' : 'no-media'
  }

  function faultOfRunning({ atMs, facts }: HealthLook): string | undefined {
    const stands = (one: typeof media) => one.standsMs(atMs) > limits.stallMs
    if (stands(media)) return stands(packets) ? 'stalled' : stands(filled) ? 'null-packets' : 'no-media'
    if (facts.clockTicks > 0 && stands(clock)) return 'no-clock-progress'
    const mostMs = Math.max(facts.videoUnits < MOVING_PICTURES ? NO_FIRST_VIDEO_MS : NO_VIDEO_MS, limits.stallMs)
    if (facts.announcesVideo && video.standsMs(atMs) > Math.max(mostMs, RARE_PICTURES * video.longestMs))
      return 'no-video'
    if (facts.announcesAudio && facts.audioUnits > 0 && audio.standsMs(atMs) > Math.max(NO_AUDIO_MS, limits.stallMs))
      return 'no-audio'
    if (facts.repeats >= REPEATS_OF_A_CLIP) return 'repeated-clip'
    return facts.clockTicks > 0 && pace.isTrickle(atMs, facts.clockTicks, limits.stallMs) ? 'trickle' : undefined
  }

  return { look }
}

/** For how long a value has not changed, and the longest time that it ever took between two changes. */
function since(startMs: number) {
  let value = 0
  let atMs = startMs
  let changes = 0
  let longestMs = 0
  return {
    observe(next: number, nowMs: number): void {
      if (next === value) return
      if (changes > 0) longestMs = Math.max(longestMs, nowMs - atMs)
      changes += 1
      value = next
      atMs = nowMs
    },
    standsMs: (nowMs: number) => nowMs - atMs,
    get longestMs() {
      return longestMs
    },
  }
}

/** Compares the stream's clock with ours, over a window, and as a player does that began with the first look. */
function createPace() {
  let firstAtMs: number | undefined
  let window: Array<{ atMs: number; ticks: number }> = []

  return {
    isTrickle(atMs: number, ticks: number, stallMs: number): boolean {
      const windowMs = Math.max(TRICKLE_WINDOW_MS, 2 * stallMs)
      firstAtMs ??= atMs
      window.push({ atMs, ticks })
      const keep = window.findLastIndex((one) => atMs - one.atMs >= windowMs)
      if (keep > 0) window = window.slice(keep)
      const oldest = window[0]!
      const elapsedMs = atMs - oldest.atMs
      const inHandMs = ticks / TICKS_PER_MS - (atMs - firstAtMs)
      if (elapsedMs < windowMs || inHandMs > 0) return false
      return (ticks - oldest.ticks) / TICKS_PER_MS < TRICKLE_SHARE * elapsedMs
    },
  }
}
