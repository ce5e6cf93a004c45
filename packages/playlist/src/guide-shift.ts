import { type Attributes, attributeValue } from './attributes.ts'

const HOUR_MS = 3_600_000
const MAX_HOURS = 24
const SHIFT = /^\s*([+-])?(?:(\d{1,2}(?:[.,]\d{1,4})?|[.,]\d{1,4})|(\d{1,2}):([0-5]\d))\s*$/

/**
 * How far a list says that a channel's guide is off (`tvg-shift`), in milliseconds to add to its
 * times. Kodi writes hours (`2`, `-1.5`); others write a comma, or hours and minutes (`+05:30`). 0
 * for anything else.
 */
export function guideShiftMs(attributes: Attributes): number {
  const match = SHIFT.exec(attributeValue(attributes, 'tvg-shift') ?? '')
  if (match === null) return 0
  const [, sign, decimal, hours = 0, minutes = 0] = match
  const size = decimal === undefined ? Number(hours) + Number(minutes) / 60 : Number(decimal.replace(',', '.'))
  if (size > MAX_HOURS) return 0
  return Math.round(size * HOUR_MS) * (sign === '-' && size !== 0 ? -1 : 1)
}
