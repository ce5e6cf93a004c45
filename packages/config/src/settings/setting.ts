import type { z } from 'zod'

type Unit = 'Ms' | 'Bytes' | ''

type Definition<Schema extends z.ZodType, Default extends string | undefined, WhenUnset, Suffix extends Unit> = {
  readonly schema: Schema
  /** As it would be written in the environment; `undefined`: unset. */
  readonly default: Default
  /** Value when the setting is unset, where that is not `undefined`. */
  readonly whenUnset?: () => WhenUnset
  /** Suffix of the name in `Settings`. */
  readonly unit?: Suffix
  readonly example: string
  /** One sentence for `docs/settings.md`. */
  readonly meaning: string
  /** The value holds credentials and is never shown. */
  readonly secret?: boolean
  /** The part of a wrong secret value that may be shown. */
  readonly shown?: (text: string) => string
}

/** Checks a definition, and keeps its types. */
export function setting<
  Schema extends z.ZodType,
  const Default extends string | undefined,
  WhenUnset = undefined,
  const Suffix extends Unit = '',
>(definition: Definition<Schema, Default, WhenUnset, Suffix>): Definition<Schema, Default, WhenUnset, Suffix> {
  return definition
}
