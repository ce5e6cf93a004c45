import { textOf, type XmlElement } from './element-tree.ts'
import type { ReadProgramme, SkipReason } from './model.ts'
import { parseTime, type TimeReadings, type Zone } from './parse-time.ts'
import { shiftProgramme } from './shift-programme.ts'
import { writeBody } from './write-body.ts'

export type ProgrammeOptions = {
  /** For times without an offset. */
  readonly zone: Zone
  /** Added to every time, for guides that are wrong by some hours. */
  readonly shiftMs: number
  /** Whether an address in a programme may be passed on. Default: all. */
  readonly isShown?: ((address: string) => boolean) | undefined
}

/**
 * A `<programme>` element, with its channel id as the guide spells it. A stop before the start
 * counts as none.
 */
export function readProgramme(
  element: XmlElement | undefined,
  { zone, shiftMs, isShown }: ProgrammeOptions,
): ReadProgramme | SkipReason {
  if (element === undefined) return 'programme-without-start'
  const start = parseTime(element.attributes.start ?? '', zone)
  if (start === undefined) return 'programme-without-start'
  const stop = parseTime(element.attributes.stop ?? '', zone)
  const title = firstText(element, 'title') ?? firstText(element, 'sub-title')
  if (title === undefined) return 'programme-without-title'
  return shiftProgramme({ ...timesOf(start, stop), body: writeBody(element, title, isShown) }, shiftMs)
}

/**
 * Programmes overlap by seconds: with 60 minutes and a second, one that is on while the clock is
 * set back seems to last a second.
 */
const MIN_LENGTH_MS = 60_000

/** A stop is the first one after its start. */
function timesOf(
  start: TimeReadings,
  stop: TimeReadings | undefined,
): Pick<ReadProgramme, 'startMs' | 'stopMs' | 'again'> {
  const { ms: stopMs, laterMs: laterStopMs } = stop ?? {}
  // If the clock is set back between start and stop, the start can only be the first.
  const isAcross = stopMs !== undefined && laterStopMs !== undefined && stopMs < start.ms + MIN_LENGTH_MS
  const readFrom = (startMs: number) => {
    const readings = isAcross ? [laterStopMs] : [stopMs, laterStopMs]
    return { startMs, stopMs: readings.find((ms) => ms !== undefined && ms > startMs) }
  }
  const first = readFrom(start.ms)
  return start.laterMs === undefined || isAcross ? first : { ...first, again: readFrom(start.laterMs) }
}

/** Of the first child of that name that has any. */
export function firstText(element: XmlElement, name: string): string | undefined {
  for (const child of element.children) {
    if (typeof child === 'string' || child.name !== name) continue
    const text = textOf(child)
    if (text !== '') return text
  }
  return undefined
}
