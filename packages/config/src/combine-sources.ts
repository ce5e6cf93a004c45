import { accountKey } from '@kptv/addresses'
import type { Source } from './parse-sources.ts'

/**
 * Sources of both places as one list in order of preference: those with a priority first, then the
 * others as they are written. All sources of one account share its connections, so the smallest of
 * their limits holds.
 */
export function combineSources(written: readonly Source[]): {
  readonly sources: readonly Source[]
  readonly warnings: readonly string[]
} {
  const warnings: string[] = []
  const byAccount = Map.groupBy(written, ({ url }) => accountKey(new URL(url)))
  const sources = written.map((source): Source => {
    const group = byAccount.get(accountKey(new URL(source.url))) ?? []
    const limit = Math.min(...group.map((other) => other.limit))
    if (group[0] === source && group.some((other) => other.limit !== limit)) {
      const names = group.map(({ name }) => name).join(', ')
      warnings.push(`${names}: one account with different limits; the smallest, ${limit}, is used`)
    }
    return { ...source, limit }
  })
  return { sources: sources.toSorted((first, second) => place(first) - place(second)), warnings }
}

function place({ priority = Number.MAX_SAFE_INTEGER }: Source): number {
  return priority
}
