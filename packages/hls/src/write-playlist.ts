/** Playlists of a live stream, as we offer them (RFC 8216, section 4). */

export type OfferedSegment = {
  readonly uri: string
  readonly durationMs: number
  /** When its first frame was on the air: Unix milliseconds. */
  readonly atMs: number
  /** Breaks in the clock or the tracks, from the first segment of the stream up to this one. */
  readonly breaks: number
  /** It starts with a key frame. */
  readonly isIndependent: boolean
  /** Address of the header that its media needs (fragmented MP4). */
  readonly map?: string | undefined
}

type OfferedPlaylist = {
  /** Of the first segment. */
  readonly number: number
  readonly targetSeconds: number
  /** No segment will follow. */
  readonly hasEnd?: boolean
  readonly segments: readonly OfferedSegment[]
}

/** A media playlist. */
export function writeMediaPlaylist({ number, targetSeconds, hasEnd = false, segments }: OfferedPlaylist): string {
  const isIndependent = segments.every((segment) => segment.isIndependent)
  const hasMaps = segments.some(({ map }) => map !== undefined)
  const lines = [
    '#EXTM3U',
    `#EXT-X-VERSION:${hasMaps ? 6 : 3}`,
    ...(isIndependent ? ['#EXT-X-INDEPENDENT-SEGMENTS'] : []),
    `#EXT-X-TARGETDURATION:${targetSeconds}`,
    `#EXT-X-MEDIA-SEQUENCE:${number}`,
    `#EXT-X-DISCONTINUITY-SEQUENCE:${segments[0]?.breaks ?? 0}`,
  ]
  let breaks = segments[0]?.breaks
  let map: string | undefined
  for (const { uri, durationMs, atMs, ...segment } of segments) {
    if (segment.breaks !== breaks) lines.push('#EXT-X-DISCONTINUITY')
    breaks = segment.breaks
    if (segment.map !== map) lines.push(`#EXT-X-MAP:URI="${segment.map}"`)
    map = segment.map
    lines.push(
      `#EXT-X-PROGRAM-DATE-TIME:${new Date(atMs).toISOString()}`,
      `#EXTINF:${(durationMs / 1_000).toFixed(3)},`,
      uri,
    )
  }
  if (hasEnd) lines.push('#EXT-X-ENDLIST')
  return `${lines.join('\n')}\n`
}

type OfferedVariant = {
  readonly uri: string
  /** Of the segment with the most, and of all together. */
  readonly peakBitsPerSecond: number
  readonly averageBitsPerSecond: number
  /** As in RFC 6381. */
  readonly codecs?: string | undefined
  readonly width?: number | undefined
  readonly height?: number | undefined
  readonly framesPerSecond?: number | undefined
}

/** A multivariant playlist with one variant. */
export function writeMultivariantPlaylist(variant: OfferedVariant): string {
  const { codecs, width, height, framesPerSecond } = variant
  const attributes = [
    `BANDWIDTH=${Math.ceil(variant.peakBitsPerSecond)}`,
    `AVERAGE-BANDWIDTH=${Math.ceil(variant.averageBitsPerSecond)}`,
    ...(codecs === undefined ? [] : [`CODECS="${codecs}"`]),
    ...(width === undefined || height === undefined ? [] : [`RESOLUTION=${width}x${height}`]),
    ...(framesPerSecond === undefined ? [] : [`FRAME-RATE=${framesPerSecond.toFixed(3)}`]),
  ]
  return ['#EXTM3U', '#EXT-X-VERSION:3', `#EXT-X-STREAM-INF:${attributes.join(',')}`, variant.uri, ''].join('\n')
}
