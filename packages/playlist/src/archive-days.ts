import type { Attributes } from './attributes.ts'
import { comparableKey } from './attributes.ts'

/** Providers that write more mean hours, or nothing. */
const MAX_DAYS = 31

/**
 * How many days of a channel's past its provider says can be played; 0: none, or it does not say
 * how many. Where several attributes say so, the longest counts.
 */
export function archiveDays(attributes: Attributes): number {
  let longest = 0
  for (const [key, value] of attributes) {
    if (!DAYS.test(comparableKey(key)) || !/^\s*\d{1,4}\s*$/.test(value)) continue
    const days = Number(value)
    if (days <= MAX_DAYS) longest = Math.max(longest, days)
  }
  return longest
}

const DAYS = /^(?:catchup-days|timeshift|tvg-timeshift|tvg-rec|tvg-archive|tv-archive-duration|rec)$/
