import { accountKey } from '@kptv/addresses'
import type { Source, SourceLogin } from './parse-sources.ts'
import { loginsOf } from './source-logins.ts'

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
  const logins = written.flatMap((source) => loginsOf(source).map((login) => ({ ...login, name: source.name })))
  const byAccount = Map.groupBy(logins, ({ url }) => accountKey(new URL(url)))
  const limitOf = ({ url }: SourceLogin): number =>
    Math.min(...(byAccount.get(accountKey(new URL(url))) ?? []).map(({ limit }) => limit))
  for (const group of byAccount.values()) {
    const limit = Math.min(...group.map((login) => login.limit))
    if (group.every((login) => login.limit === limit)) continue
    const names = group.map(({ name }) => name).join(', ')
    warnings.push(`${names}: one account with different limits; the smallest, ${limit}, is used`)
  }
  const sources = written.map((source): Source => {
    const otherLogins = source.otherLogins?.map((login) => ({ ...login, limit: limitOf(login) }))
    return { ...source, limit: limitOf(source), ...(otherLogins === undefined ? {} : { otherLogins }) }
  })
  return { sources: sources.toSorted((first, second) => place(first) - place(second)), warnings }
}

function place({ priority = Number.MAX_SAFE_INTEGER }: Source): number {
  return priority
}
