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
export function createMediaReader() {
  const keys = createKeyReader()
  let segments: MediaSegment[] = []
  let hasMediaTags = false
  let hasDuration = false
  let isListOfChannels = true
  let beginMs = 0
  let targetSeconds: number | undefined
  let firstSequence = 0
  /** What the real number has beyond {@link EXACT_SEQUENCES}. */
  let sequenceBase = 0n
  let count = 0
  let isComplete = false
  let hasBadRange = false
  let map: MediaMap | undefined
  /** Of the next segment. */
  let durationMs: number | undefined
  let range: string | undefined
  let dateMs: number | undefined
  let isDiscontinuous = false
  let isGap = false
  let previous: { uri: string; end: number } | undefined

  function tag(name: string, value: string): void {
    if (MEDIA_TAGS.has(name)) hasMediaTags = true
    if (name === '#EXTINF') takeDuration(value)
    else if (name === '#EXT-X-TARGETDURATION') targetSeconds = Number.parseFloat(value)
    else if (name === '#EXT-X-MEDIA-SEQUENCE') takeSequence(value)
    else if (name === '#EXT-X-DISCONTINUITY') isDiscontinuous = true
    else if (name === '#EXT-X-GAP') isGap = true
    else if (name === '#EXT-X-ENDLIST') isComplete = true
    else if (name === '#EXT-X-BYTERANGE') range = value
    else if (name === '#EXT-X-PROGRAM-DATE-TIME') dateMs = readProgramDate(value)
    else if (name === '#EXT-X-KEY') keys.take(readAttributes(value))
    else if (name === '#EXT-X-MAP') takeMap(value)
    else if (name === '#EXT-X-SKIP') count += readWhole(readAttributes(value).get('SKIPPED-SEGMENTS')) ?? 0
  }

  function takeSequence(value: string): void {
    if (count > 0) return
    const sequence = BigInt(wholeDigits(value) ?? 0)
    firstSequence = Number(sequence % EXACT_SEQUENCES)
    sequenceBase = sequence - BigInt(firstSequence)
  }

  function takeDuration(value: string): void {
    hasDuration = true
    durationMs = readDurationMs(value)
    if (durationMs > 0) isListOfChannels = false
  }

  function takeMap(value: string): void {
    const attributes = readAttributes(value)
    const uri = readUri(attributes)
    const text = attributes.get('BYTERANGE')
    const byteRange = text === undefined ? undefined : readByteRange(text, 0)
    if (text !== undefined && byteRange === undefined) hasBadRange = true
    map = uri === undefined ? undefined : { uri, byteRange }
  }

  function uri(line: string): void {
    // An address without EXTINF is tolerated once the playlist is known to be a media playlist.
    if (!hasMediaTags && !hasDuration) return
    const sequence = firstSequence + count
    const byteRange = range === undefined ? undefined : rangeOf(line, range)
    segments.push({
      sequence,
      uri: line,
      durationMs: durationMs ?? 0,
      beginMs,
      dateMs,
      isDiscontinuous,
      isGap,
      byteRange,
      map,
      key: keyOf(keys.inForce(), sequenceBase + BigInt(sequence)),
    })
    beginMs += durationMs ?? 0
    if (segments.length >= 2 * MAX_SEGMENTS) segments = segments.slice(-MAX_SEGMENTS)
    count += 1
    durationMs = undefined
    range = undefined
    dateMs = undefined
    isDiscontinuous = false
    isGap = false
  }

  /**
   * Without an offset it continues the range before, of the same resource (section 4.3.2.2); the
   * first one of a resource begins with it, as players have it.
   */
  function rangeOf(line: string, text: string): ByteRange | undefined {
    const byteRange = readByteRange(text, previous?.uri === line ? previous.end : 0)
    if (byteRange === undefined) hasBadRange = true
    else previous = { uri: line, end: byteRange.offset + byteRange.length }
    return byteRange
  }

  function finish(): ParsedPlaylist {
    // Entries without a length and without any other HLS tag are channels, as in other lists.
    if (!hasMediaTags && isListOfChannels)
      return { kind: 'list', uris: segments.slice(0, MAX_LISTED).map(({ uri }) => uri) }
    if (hasBadRange) return { kind: 'refused', code: 'hls-bad-range' }
    const kept = segments.slice(-MAX_SEGMENTS)
    return {
      kind: 'media',
      targetMs: targetOf(targetSeconds, kept),
      firstSequence: kept[0]?.sequence ?? firstSequence,
      segments: spreadDates(kept),
      isComplete,
    } satisfies MediaPlaylist
  }

  return {
    tag,
    uri,
    finish,
    get isMedia() {
      return hasMediaTags || hasDuration
    },
    get hasDuration() {
      return hasDuration
    },
  }
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

function targetOf(seconds: number | undefined, segments: readonly MediaSegment[]): number {
  const longest = segments.reduce((most, { durationMs }) => Math.max(most, durationMs), 0)
  const fallback = longest > 0 ? longest : USUAL_TARGET_MS
  const targetMs = seconds === undefined || Number.isNaN(seconds) ? fallback : seconds * 1000
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
