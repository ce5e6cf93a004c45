import type { GuideLists, GuideStore } from '@kptv/catalog'
import type { GuideStatus } from '@kptv/contract'

export type GuideParts = {
  readonly guide: Pick<GuideStore, 'current' | 'info'>
  readonly guideLists: Pick<GuideLists, 'names' | 'state'>
}

/** The merged guide and the guides that it is made of. Throws when Redis is away. */
export async function describeGuide({ guide, guideLists }: GuideParts): Promise<GuideStatus> {
  const [number, names] = await Promise.all([guide.current(), guideLists.names()])
  const info = number === undefined ? undefined : await guide.info(number)
  const guides = await Promise.all([...names].map(([id, name]) => describeImport(id, name, guideLists)))
  if (info === undefined) return { guides }
  const { builtAt, matched, channels: withProgrammes, programmes } = info
  return { builtAt, matched, withProgrammes, programmes, guides }
}

async function describeImport(id: string, name: string, lists: GuideParts['guideLists']) {
  const { state, fetchedAt, facts, alarm } = await lists.state(id)
  const { channels, programmes, matchedProgrammes, matched, skipped } = facts ?? {}
  const known = { fetchedAt, channels, programmes, matchedProgrammes, matched, skipped, alarm }
  return { id, name, state, ...withoutUndefined(known) }
}

function withoutUndefined<Fields extends object>(fields: Fields) {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [Key in keyof Fields]?: Exclude<Fields[Key], undefined>
  }
}
