import { loginKey, type Source } from './parse-sources.ts'

/**
 * Sources of both places as one list in order of preference: those with a priority first, then the others as they are
 * written. One login is one account of the provider, wherever it is written: the smallest of its limits holds.
 */
export function combineSources(written: readonly Source[]): { sources: Source[]; warnings: string[] } {
  const warnings: string[] = []
  const byLogin = Map.groupBy(written, ({ url }) => loginKey(new URL(url)))
  const sources = written.map((source): Source => {
    const group = byLogin.get(loginKey(new URL(source.url))) ?? []
    const limit = Math.min(...group.map((other) => other.limit))
    if (group[0] === source && group.some((other) => other.limit !== limit)) {
      const names = group.map(({ name }) => name).join(', ')
      warnings.push(`${names}: one login with different limits; the smallest, ${limit}, is used`)
    }
    return { ...source, accountId: group[0]?.id ?? source.id, limit }
  })
  return { sources: sources.toSorted((first, second) => place(first) - place(second)), warnings }
}

function place({ priority = Number.MAX_SAFE_INTEGER }: Source): number {
  return priority
}
