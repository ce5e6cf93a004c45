import { findSecrets } from '@kptv/addresses'
import { type EventPattern, toEventPatterns } from './event-patterns.ts'
import { namedSourceId } from './source-id.ts'
import type { WrittenEventNames, WrittenGuide } from './source-shape.ts'

/** A programme guide of `SOURCES_FILE` that no list names. */
type FileGuide = {
  readonly id: string
  readonly name: string
  readonly url: string
  readonly secrets: readonly string[]
  /** For times without an offset; missing: UTC. */
  readonly timeZone?: string
  /** Added to all times. */
  readonly shiftMs: number
}

/** The guides of `SOURCES_FILE`. */
export type FileGuides = {
  /** In order of preference. */
  readonly guides: readonly FileGuide[]
  /** Mapped by hand: id or name of a channel → its id in a guide; empty: no guide. */
  readonly map: Readonly<Record<string, string>>
  /** How the names of event channels are read, the first that fits. */
  readonly eventNames: readonly EventPattern[]
}

export const NO_FILE_GUIDES: FileGuides = { guides: [], map: {}, eventNames: [] }

const HOUR_MS = 3_600_000

/** Those with a priority first, then the others as they are written. */
export function toFileGuides(
  written: readonly WrittenGuide[] = [],
  map: Readonly<Record<string, string>> = {},
  eventNames: readonly WrittenEventNames[] = [],
): FileGuides {
  const place = ({ priority = Number.MAX_SAFE_INTEGER }: WrittenGuide) => priority
  const guides = written
    .toSorted((first, second) => place(first) - place(second))
    .map(({ name, url, timeZone, shift = 0 }) => ({
      id: namedSourceId(name),
      name,
      url,
      secrets: findSecrets(url),
      shiftMs: Math.round(shift * HOUR_MS),
      ...(timeZone === undefined ? {} : { timeZone }),
    }))
  return { guides, map, eventNames: toEventPatterns(eventNames) }
}
