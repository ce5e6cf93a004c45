/**
 * How the segments of a channel are packed. In `fmp4-aac` audio of another codec is encoded as AAC,
 * for browsers.
 */
export type SegmentFormat = 'ts' | Fmp4Format

export const FMP4_FORMATS = ['fmp4', 'fmp4-aac'] as const
export type Fmp4Format = (typeof FMP4_FORMATS)[number]

export const SEGMENT_FORMATS: readonly SegmentFormat[] = ['ts', ...FMP4_FORMATS]

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
