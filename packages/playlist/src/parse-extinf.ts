import type { Attributes } from './attributes.ts'
import { cleanName, cutText } from './clean-text.ts'
import { DEFAULT_LIMITS, type Limits } from './limits.ts'
import type { SkipReason } from './model.ts'
import { scanAttributes } from './scan-attributes.ts'

export type ExtInf = {
  /** -1 for live and for anything that is not a positive number. */
  readonly durationSeconds: number
  readonly attributes: Attributes
  /** Cleaned and shortened to the limit; empty if the line has none. */
  readonly name: string
}

/**
 * Reads what follows `#EXTINF:` in one line. There is no standard for it, so it accepts as much as
 * possible:
 *
 * - The name is the text after the first comma outside quotes; without a comma, the text after the
 *   attributes.
 * - Attributes are also found after a comma that follows the duration, or after the name, if they
 *   are double-quoted.
 * - See scanAttributes for quotes and duplicates.
 *
 * Never throws. `onSkip` is called for attributes dropped for their size or number.
 */
export function parseExtInf(
  written: string,
  onSkip: (reason: SkipReason) => void = ignore,
  limits: Limits = DEFAULT_LIMITS,
): ExtInf {
  const text = written.replace(WIDE_COMMA, '$1,')
  const duration = DURATION.exec(text)!
  const scanned = scanAttributes(text, duration[0].length, { limits, onSkip })
  return {
    durationSeconds: toDuration(duration[1]!),
    attributes: scanned.attributes,
    name: cutText(cleanName(scanned.rest), limits.nameLength),
  }
}

/** The comma of Chinese text, where the one in front of the name should be. */
const WIDE_COMMA = /^((?:[^,\uff0c"']|"[^"]*"|'[^']*')*)\uff0c/

/**
 * A token without `=`, quote or comma; or only the number if an attribute follows without a space.
 */
const DURATION = /^\s*([^\s,="']+(?=[\s,]|$)|[-+]?[\d.]*)/

function toDuration(token: string): number {
  const seconds = Number(token)
  return seconds > 0 && seconds < Number.MAX_SAFE_INTEGER ? seconds : -1
}

function ignore(): void {}
