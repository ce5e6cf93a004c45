import { MediaLead } from './media-health-lead.ts'
import { Progress } from './media-health-progress.ts'
import type { Failure } from './model.ts'

/** Facts about one attempt's media. All counts are since its start, so they only grow. */
export type MediaFacts = {
  /** Transport packets of any kind, and how many of them are stuffing. */
  readonly packets: number
  readonly nullPackets: number
  /** Packets of the program's streams that are scrambled. */
  readonly scrambledPackets: number
  readonly hasTables: boolean
  /** According to the tables; radio announces no video. */
  readonly announcesVideo: boolean
  readonly announcesAudio: boolean
  /** Video frames and packets of audio, in the clear. */
  readonly videoUnits: number
  readonly audioUnits: number
  /** Progress of the stream's own clock, in ticks of 90 kHz; 0 as long as it has none. */
  readonly clockTicks: number
  /** How often the same short clip has started again. */
  readonly repeats: number
}

/** One sample of an attempt. Times in milliseconds, monotonic. */
type HealthSample = {
  readonly atMs: number
  readonly facts: MediaFacts
  /** How much of it viewers have received. */
  readonly mediaBytes: number
  /** Enough of it for the stream to count as started. */
  readonly isHealthy: boolean
}

/** All in milliseconds. */
export type HealthLimits = {
  /**
   * From the answer's header to healthy media; the connection has its own limit for the answer
   * itself.
   */
  readonly startGraceMs: number
  /**
   * Between two pieces of media, and for a stopped clock, once the stream has begun. Read at each
   * check: it may become longer.
   */
  readonly stallMs: number
  /** No other stream could be tried instead, so tables and a first piece may take longer. */
  readonly isLastResort?: boolean
}

export type MediaHealth = {
  /** The fault of the attempt, if it has one by now. Call it several times a second. */
  check(sample: HealthSample): Failure | undefined
}

/** Packets arrive, but no PAT and PMT among them. */
const NO_TABLES_MS = 3_000
const SCRAMBLED_MS = 5_000
/**
 * Some streams arrive in bursts of ten seconds, or send tables every eight: they get that time if
 * nothing else can be tried.
 */
const LAST_RESORT_PATIENCE = 1.5
/**
 * Frames may be as rare as three times the longest distance seen; radio with stills sends few, and
 * gets time to show it.
 */
const NO_VIDEO_MS = 5_000
const RARE_FRAMES = 3
const MOVING_FRAMES = 25
const NO_FIRST_VIDEO_MS = 20_000
const NO_AUDIO_MS = 10_000
/** A stream that came in bursts may be a little later than the longest pause so far. */
const LATE_BURST_MS = 1_000
/**
 * Nothing gets longer than this, however large the lead, unless the provider's own segments are
 * longer.
 */
const MAX_SILENCE_MS = 20_000
/**
 * A connection that meets only the end of a burst gets less than this of it, and cannot know how
 * long the pause is.
 */
const SHORT_START_MS = 2_000
/** A clip must repeat this often: a source that loops once plays on. */
const REPEATS_OF_A_CLIP = 2
const TICKS_PER_MS = 90

/**
 * Judges one attempt; create a new one for each, so that facts about earlier attempts do not count.
 * Progress is measured by the stream's own clock, not in bytes: a radio of 48 kbit/s is as healthy
 * as video of 20 Mbit/s. A stream may be silent for as long as its lead lasts.
 *
 * @param startMs when the provider's answer arrived
 */
export function createMediaHealth(limits: HealthLimits, startMs: number): MediaHealth {
  const packets = new Progress(startMs)
  const filled = new Progress(startMs)
  const media = new Progress(startMs)
  const clock = new Progress(startMs)
  const video = new Progress(startMs)
  const audio = new Progress(startMs)
  const lead = new MediaLead(startMs)
  const startGraceMs = limits.startGraceMs * (limits.isLastResort === true ? LAST_RESORT_PATIENCE : 1)
  let packetsAtMs: number | undefined
  let scrambledAtMs: number | undefined

  function check(sample: HealthSample): Failure | undefined {
    const { atMs, facts } = sample
    packets.observe(facts.packets, atMs)
    filled.observe(facts.packets - facts.nullPackets, atMs)
    media.observe(sample.mediaBytes, atMs)
    clock.observe(facts.clockTicks, atMs)
    video.observe(facts.videoUnits, atMs)
    audio.observe(facts.audioUnits, atMs)
    // A track that is not announced cannot be missing; when it returns, its time starts over.
    if (!facts.announcesVideo) video.restart(atMs)
    if (!facts.announcesAudio) audio.restart(atMs)
    lead.observe(facts.clockTicks / TICKS_PER_MS, atMs)
    if (facts.packets > facts.nullPackets) packetsAtMs ??= atMs
    if (facts.scrambledPackets > 0) scrambledAtMs ??= atMs
    const code = sample.isHealthy ? faultOfRunning(sample) : faultOfStarting(sample)
    return code === undefined ? undefined : { kind: 'passing', code }
  }

  function faultOfStarting({ atMs, facts }: HealthSample): string | undefined {
    const isReadable = (facts.announcesVideo ? facts.videoUnits : facts.audioUnits) > 0
    const tablesMs = limits.isLastResort === true ? startGraceMs : NO_TABLES_MS
    if (packetsAtMs !== undefined && !facts.hasTables && atMs - packetsAtMs > tablesMs) return 'no-tables'
    if (scrambledAtMs !== undefined && !isReadable && atMs - scrambledAtMs > SCRAMBLED_MS) return 'scrambled'
    if (atMs - startMs <= startGraceMs) return undefined
    if (packetsAtMs !== undefined) return facts.hasTables ? 'no-media' : 'no-tables'
    return facts.packets > 0 ? 'null-packets' : 'no-media'
  }

  function faultOfRunning({ atMs, facts }: HealthSample): string | undefined {
    const silenceMs = silenceLimitMs(facts, limits.stallMs)
    const stands = (one: Progress) => one.standsMs(atMs) > silenceMs
    if (stands(media)) return stands(packets) ? 'stalled' : stands(filled) ? 'null-packets' : 'no-media'
    if (facts.clockTicks > 0 && stands(clock)) return 'no-clock-progress'
    const isMissing = (one: Progress, limitMs: number) => one.standsMs(atMs) > silenceLimitMs(facts, limitMs)
    const noVideoMs = Math.max(
      facts.videoUnits < MOVING_FRAMES ? NO_FIRST_VIDEO_MS : NO_VIDEO_MS,
      RARE_FRAMES * video.longestMs,
    )
    if (facts.announcesVideo && isMissing(video, noVideoMs)) return 'no-video'
    if (facts.announcesAudio && facts.audioUnits > 0 && isMissing(audio, NO_AUDIO_MS)) return 'no-audio'
    if (facts.repeats >= REPEATS_OF_A_CLIP) return 'repeated-clip'
    const longestPauseMs = Math.max(clock.longestMs, clock.standsMs(atMs))
    return facts.clockTicks > 0 && lead.isTrickle(longestPauseMs, limits.stallMs) ? 'trickle' : undefined
  }

  /** For how long something expected may be absent: longer while the lead lasts. */
  function silenceLimitMs(facts: MediaFacts, limitMs: number): number {
    const isShortStart = limits.isLastResort === true && facts.clockTicks < SHORT_START_MS * TICKS_PER_MS
    const expectedMs = Math.max(
      limitMs + lead.inHandMs,
      media.longestMs + LATE_BURST_MS,
      isShortStart ? startGraceMs : 0,
    )
    return Math.max(limitMs, limits.stallMs, Math.min(expectedMs, MAX_SILENCE_MS))
  }

  return { check }
}
