/**
 * How the segments of a channel are packed. In `fmp4-aac` audio of another codec is encoded as AAC,
 * for browsers.
 */
export type SegmentFormat = 'ts' | Fmp4Format

export const FMP4_FORMATS = ['fmp4', 'fmp4-aac'] as const
export type Fmp4Format = (typeof FMP4_FORMATS)[number]

export const SEGMENT_FORMATS: readonly SegmentFormat[] = ['ts', ...FMP4_FORMATS]

/** In the query of a playlist. @returns undefined if there is no such format */
export function requestedFormat(query: {
  readonly format?: unknown
  readonly audio?: unknown
}): SegmentFormat | undefined {
  const { format = 'ts', audio } = query
  if (audio !== undefined && (audio !== 'aac' || format !== 'fmp4')) return undefined
  if (format === 'ts') return 'ts'
  if (format !== 'fmp4') return undefined
  return audio === 'aac' ? 'fmp4-aac' : 'fmp4'
}

/** The query that requests it. */
export function formatQuery(format: SegmentFormat): string {
  return { ts: '', fmp4: '?format=fmp4', 'fmp4-aac': '?format=fmp4&audio=aac' }[format]
}

/** The segments of a channel in one format. */
export type SegmentSeries = { readonly channelId: string; readonly format: SegmentFormat }

/** As nodes name it to each other. */
export function writeSeries({ channelId, format }: SegmentSeries): string {
  return format === 'ts' ? channelId : `${channelId} ${format}`
}

export function readSeries(text: string): SegmentSeries {
  const format = FMP4_FORMATS.find((one) => text.endsWith(` ${one}`))
  if (format === undefined) return { channelId: text, format: 'ts' }
  return { channelId: text.slice(0, -format.length - 1), format }
}
