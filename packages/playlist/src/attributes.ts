import { remember } from '@kptv/addresses'
import type { Attributes } from './model.ts'

/** A list of a million entries has a dozen names of attributes. */
const MAX_REMEMBERED_KEYS = 500

/**
 * The form in which attribute names are compared: `TVG-ID`, `tvg_id` and `tvg-id` are one
 * attribute. Names are still given out as they were written.
 */
export const comparableKey = remember(MAX_REMEMBERED_KEYS, (key) => key.toLowerCase().replaceAll('_', '-'))

/**
 * Value of an attribute in any spelling, or undefined. An attribute that is there but empty answers
 * ''.
 */
export function attributeValue(attributes: Attributes, key: string): string | undefined {
  const wanted = comparableKey(key)
  for (const [candidate, value] of attributes) {
    if (candidate === key || comparableKey(candidate) === wanted) return value
  }
  return undefined
}

/**
 * `attributes` with what `more` has beyond it: missing ones are added at the end, empty values
 * filled. Answers the same array when nothing changes, so that merging equal entries costs no
 * memory; never more than `most`.
 */
export function fillHoles(attributes: Attributes, more: Attributes, most: number): Attributes {
  let filled: Array<readonly [string, string]> | undefined
  for (const [key, value] of more) {
    const wanted = comparableKey(key)
    const current = filled ?? attributes
    const at = current.findIndex(([candidate]) => candidate === key || comparableKey(candidate) === wanted)
    if (at >= 0 && (current[at]![1] !== '' || value === '')) continue
    if (at < 0 && current.length >= most) continue
    filled ??= [...attributes]
    if (at < 0) filled.push([key, value])
    else filled[at] = [filled[at]![0], value]
  }
  return filled ?? attributes
}
