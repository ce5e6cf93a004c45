import { textOf, type XmlElement } from './element-tree.ts'
import type { ReadProgramme, SkipReason } from './model.ts'
import { parseTime, type Zone } from './parse-time.ts'
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
  const startMs = parseTime(element.attributes.start ?? '', zone)
  if (startMs === undefined) return 'programme-without-start'
  const stopMs = parseTime(element.attributes.stop ?? '', zone)
  const title = firstText(element, 'title') ?? firstText(element, 'sub-title')
  if (title === undefined) return 'programme-without-title'
  return {
    startMs: startMs + shiftMs,
    stopMs: stopMs !== undefined && stopMs > startMs ? stopMs + shiftMs : undefined,
    body: writeBody(element, title, isShown),
  }
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
