import { remember } from '@kptv/addresses'

/**
 * Attributes in order of appearance, with keys as written. A list of pairs and never an object:
 * foreign keys such as `__proto__` stay plain data, and JSON keeps the order.
 */
export type Attributes = ReadonlyArray<readonly [key: string, value: string]>

/** A list of a million entries has about a dozen attribute names. */
const MAX_REMEMBERED_KEYS = 500
const TURKISH_I = /[\u0130\u0131]/g

/**
 * The form in which attribute names are compared: `TVG-ID`, `tvg_id` and `tvg-id` are one
 * attribute, also with the letters that Turkish programs make of I and i. Output still has the
 * names as written.
 */
export const comparableKey = remember(MAX_REMEMBERED_KEYS, (key) =>
  key.replace(TURKISH_I, 'i').toLowerCase().replaceAll('_', '-'),
)

/** Value of an attribute in any spelling, or undefined. An empty attribute gives ''. */
export function attributeValue(attributes: Attributes, key: string): string | undefined {
  const wanted = comparableKey(key)
  for (const [candidate, value] of attributes) {
    if (candidate === key || comparableKey(candidate) === wanted) return value
  }
  return undefined
}

/**
 * `attributes` completed from `more`: missing ones are added at the end, empty values filled, up to
 * `max` in all. Returns the same array when nothing changes, so that merging equal entries costs no
 * memory.
 */
export function fillHoles(attributes: Attributes, more: Attributes, max: number): Attributes {
  let filled: Array<readonly [string, string]> | undefined
  for (const [key, value] of more) {
    const wanted = comparableKey(key)
    const current = filled ?? attributes
    const at = current.findIndex(([candidate]) => candidate === key || comparableKey(candidate) === wanted)
    if (at >= 0 && (current[at]![1] !== '' || value === '')) continue
    if (at < 0 && current.length >= max) continue
    filled ??= [...attributes]
    if (at < 0) filled.push([key, value])
    else filled[at] = [filled[at]![0], value]
  }
  return filled ?? attributes
}
