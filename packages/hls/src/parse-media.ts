import { readAttributes, readInitializationVector, readUri, readWhole, wholeDigits } from './attributes.ts'
import { readByteRange } from './byte-range.ts'
import { createKeyReader, type KeyInForce } from './key-in-force.ts'
import type { ByteRange, MediaMap, MediaPlaylist, MediaSegment, ParsedPlaylist } from './model.ts'
import { MAX_LISTED, MAX_SEGMENTS } from './model.ts'
import { readProgramDate, spreadDates } from './program-date.ts'

const SHORTEST_TARGET_MS = 1_000
const MAX_TARGET_MS = 30_000
const USUAL_TARGET_MS = 6_000

/** Media playlists, RFC 8216 sections 4.3.2 and 4.3.3. */
export class MediaReader {
  readonly #keys = createKeyReader()
  #segments: MediaSegment[] = []
  #hasMediaTags = false
  #hasDuration = false
  #isListOfChannels = true
  #beginMs = 0
  #targetSeconds: number | undefined
  #firstSequence = 0
  /** What the real number has beyond {@link EXACT_SEQUENCES}. */
  #sequenceBase = 0n
  #count = 0
  #isComplete = false
  #hasBadRange = false
  #map: MediaMap | undefined
  /** The end of the last range, by its resource. */
  #previous: { readonly uri: string; readonly end: number } | undefined
  #next: NextSegment = NOTHING

  get isMedia(): boolean {
    return this.#hasMediaTags || this.#hasDuration
  }

  get hasDuration(): boolean {
    return this.#hasDuration
  }

  tag(name: string, value: string): void {
    if (MEDIA_TAGS.has(name)) this.#hasMediaTags = true
    if (name === '#EXTINF') this.#takeDuration(value)
    else if (name === '#EXT-X-TARGETDURATION') this.#targetSeconds = Number.parseFloat(value)
    else if (name === '#EXT-X-MEDIA-SEQUENCE') this.#takeSequence(value)
    else if (name === '#EXT-X-DISCONTINUITY') this.#next = { ...this.#next, isDiscontinuous: true }
    else if (name === '#EXT-X-GAP') this.#next = { ...this.#next, isGap: true }
    else if (name === '#EXT-X-ENDLIST') this.#isComplete = true
    else if (name === '#EXT-X-BYTERANGE') this.#next = { ...this.#next, range: value }
    else if (name === '#EXT-X-PROGRAM-DATE-TIME') this.#next = { ...this.#next, dateMs: readProgramDate(value) }
    else if (name === '#EXT-X-KEY') this.#keys.take(readAttributes(value))
    else if (name === '#EXT-X-MAP') this.#takeMap(value)
    else if (name === '#EXT-X-SKIP') this.#count += readWhole(readAttributes(value).get('SKIPPED-SEGMENTS')) ?? 0
  }

  uri(line: string): void {
    // An address without EXTINF is tolerated once the playlist is known to be a media playlist, but
    // not beside segments that have one: that is something else, such as HTML behind the playlist.
    if (!this.isMedia || (this.#next.durationMs === undefined && !this.#isListOfChannels)) return
    const { durationMs = 0, dateMs, isDiscontinuous, isGap, range } = this.#next
    const sequence = this.#firstSequence + this.#count
    const byteRange = range === undefined ? undefined : this.#rangeOf(line, range)
    this.#segments.push({
      sequence,
      uri: line,
      durationMs,
      beginMs: this.#beginMs,
      dateMs,
      isDiscontinuous,
      isGap,
      byteRange,
      map: this.#map,
      key: keyOf(this.#keys.inForce(), this.#sequenceBase + BigInt(sequence)),
    })
    this.#beginMs += durationMs
    if (this.#segments.length >= 2 * MAX_SEGMENTS) this.#segments = this.#segments.slice(-MAX_SEGMENTS)
    this.#count += 1
    this.#next = NOTHING
  }

  finish(): ParsedPlaylist {
    // Entries without a length and without any other HLS tag are channels, as in other lists.
    if (!this.#hasMediaTags && this.#isListOfChannels)
      return { kind: 'list', uris: this.#segments.slice(0, MAX_LISTED).map(({ uri }) => uri) }
    if (this.#hasBadRange) return { kind: 'refused', code: 'hls-bad-range' }
    const kept = this.#segments.slice(-MAX_SEGMENTS)
    return {
      kind: 'media',
      targetMs: targetOf(this.#targetSeconds, kept),
      firstSequence: kept[0]?.sequence ?? this.#firstSequence,
      segments: spreadDates(kept),
      isComplete: this.#isComplete,
    } satisfies MediaPlaylist
  }

  #takeSequence(value: string): void {
    if (this.#count > 0) return
    const sequence = BigInt(wholeDigits(value) ?? 0)
    this.#firstSequence = Number(sequence % EXACT_SEQUENCES)
    this.#sequenceBase = sequence - BigInt(this.#firstSequence)
  }

  #takeDuration(value: string): void {
    this.#hasDuration = true
    const durationMs = readDurationMs(value)
    this.#next = { ...this.#next, durationMs }
    if (durationMs > 0) this.#isListOfChannels = false
  }

  #takeMap(value: string): void {
    const attributes = readAttributes(value)
    const uri = readUri(attributes)
    const text = attributes.get('BYTERANGE')
    const byteRange = text === undefined ? undefined : readByteRange(text, 0)
    if (text !== undefined && byteRange === undefined) this.#hasBadRange = true
    this.#map = uri === undefined ? undefined : { uri, byteRange }
  }

  /**
   * Without an offset it continues the range before, of the same resource (section 4.3.2.2); the
   * first one of a resource begins with it, as players have it.
   */
  #rangeOf(line: string, text: string): ByteRange | undefined {
    const byteRange = readByteRange(text, this.#previous?.uri === line ? this.#previous.end : 0)
    if (byteRange === undefined) this.#hasBadRange = true
    else this.#previous = { uri: line, end: byteRange.offset + byteRange.length }
    return byteRange
  }
}

/** What tags say of the segment whose address follows. */
type NextSegment = Pick<MediaSegment, 'dateMs' | 'isDiscontinuous' | 'isGap'> & {
  /** Of its EXTINF, if it has one. */
  readonly durationMs: number | undefined
  readonly range: string | undefined
}

const NOTHING: NextSegment = {
  durationMs: undefined,
  dateMs: undefined,
  isDiscontinuous: false,
  isGap: false,
  range: undefined,
}

/** Of 64 bits (section 4.2), as many as a number counts exactly. */
const EXACT_SEQUENCES = 2n ** 52n

/** Only media playlists have them. */
const MEDIA_TAGS = new Set([
  '#EXT-X-TARGETDURATION',
  '#EXT-X-MEDIA-SEQUENCE',
  '#EXT-X-ENDLIST',
  '#EXT-X-DISCONTINUITY',
  '#EXT-X-DISCONTINUITY-SEQUENCE',
  '#EXT-X-PLAYLIST-TYPE',
  '#EXT-X-BYTERANGE',
  '#EXT-X-KEY',
  '#EXT-X-MAP',
  '#EXT-X-PROGRAM-DATE-TIME',
  '#EXT-X-GAP',
])

function readDurationMs(value: string): number {
  const seconds = Number.parseFloat(value)
  return seconds > 0 && seconds < 3600 ? seconds * 1000 : 0
}

/** Who waits for longer than all that is listed misses segments. */
function targetOf(seconds: number | undefined, segments: readonly MediaSegment[]): number {
  const longest = segments.reduce((most, { durationMs }) => Math.max(most, durationMs), 0)
  const listed = segments.reduce((sum, { durationMs }) => sum + durationMs, 0)
  const fallback = longest > 0 ? longest : USUAL_TARGET_MS
  const saidMs = seconds === undefined || Number.isNaN(seconds) ? fallback : seconds * 1000
  const isTooLong = segments.length > 1 && listed > 0 && saidMs > listed
  const targetMs = isTooLong ? Math.max(longest, listed / 2) : saidMs
  return Math.min(Math.max(targetMs, SHORTEST_TARGET_MS), MAX_TARGET_MS)
}

function keyOf(key: KeyInForce, sequence: bigint): MediaSegment['key'] {
  if (key === undefined || key === 'unsupported') return key
  return { uri: key.uri, iv: readInitializationVector(key.iv) ?? vectorOf(sequence) }
}

function vectorOf(sequence: bigint): Uint8Array {
  const iv = new Uint8Array(16)
  new DataView(iv.buffer).setBigUint64(8, BigInt.asUintN(64, sequence))
  return iv
}
