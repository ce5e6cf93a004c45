import { z } from 'zod'
import { compilePattern } from './name-pattern.ts'

/** No message repeats a value: any of them may hold a credential. */
export const expected = (allowed: string) => ({
  error: (issue: { readonly input?: unknown; readonly code?: string }): string | undefined => {
    if (issue.code === 'unrecognized_keys') return undefined
    return issue.input === undefined ? `is missing; it must be ${allowed}` : `must be ${allowed}`
  },
})

export const wholeNumber = (min: number, max: number, allowed = `a whole number from ${min} to ${max}`) =>
  z.int(expected(allowed)).min(min, expected(allowed)).max(max, expected(allowed))

const KINDS = ['live', 'movie', 'series'] as const

const oneOrMore = <Item extends z.ZodType<string>>(item: Item, allowed: string) =>
  z.union([item.transform((text) => [text]), z.array(item).min(1)], expected(allowed))

const PATTERN = 'a regular expression, or a list of them (RE2: no look-around, no back references)'
const pattern = z.string().refine((text) => compilePattern(text) !== undefined)
/** Conditions on the name, group and kind of entries and channels. */
export const rules = z
  .strictObject(
    {
      name: oneOrMore(pattern, PATTERN).optional(),
      group: oneOrMore(pattern, PATTERN).optional(),
      kind: oneOrMore(z.enum(KINDS), 'live, movie or series, or a list of these').optional(),
    },
    expected('rules such as { group: "^News" }'),
  )
  .transform((fields) =>
    (['name', 'group', 'kind'] as const).flatMap((field) =>
      (fields[field] ?? []).map((text) => ({ field, pattern: text })),
    ),
  )
