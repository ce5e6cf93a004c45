import type { MediaSegment } from './model.ts'

/** ISO 8601 with a zone, UTC without one (RFC 8216 section 4.3.2.6), in milliseconds since 1970. */
export function readProgramDate(text: string): number | undefined {
  const [, local, sign, hours, minutes] = PROGRAM_DATE.exec(text.trim()) ?? []
  const zoneMinutes = (sign === '-' ? -1 : 1) * (Number(hours ?? 0) * 60 + Number(minutes ?? 0))
  const dateMs = Date.parse(`${local}Z`) - zoneMinutes * 60_000
  return Number.isNaN(dateMs) ? undefined : dateMs
}

const PROGRAM_DATE = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?)(?:Z|([+-])(\d\d):?(\d\d)?)?$/i

/**
 * Dates for the segments between and before those that have one, by their lengths (section 6.3.3).
 */
export function spreadDates(segments: readonly MediaSegment[]): readonly MediaSegment[] {
  const first = segments.findIndex(({ dateMs }) => dateMs !== undefined)
  if (first === -1) return segments
  let nextMs = segments.slice(0, first).reduce((atMs, { durationMs }) => atMs - durationMs, segments[first]!.dateMs!)
  return segments.map((segment) => {
    const dateMs = segment.dateMs ?? nextMs
    nextMs = dateMs + segment.durationMs
    return { ...segment, dateMs }
  })
}
