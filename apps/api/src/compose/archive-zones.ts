import type { SourceLists } from '@kptv/catalog'
import type { SourceBook } from '@kptv/config'

/**
 * The time zones of providers' clocks: as the operator says, as the panel says, or as the guide has
 * it. Throws when Redis is away.
 */
export function archiveZones({ current }: Pick<SourceBook, 'current'>, lists: Pick<SourceLists, 'state'>) {
  return async (sourceIds: readonly string[]): Promise<ReadonlyMap<string, string>> => {
    const zones = new Map<string, string>()
    for (const { id, archiveTimeZone, guideTimeZone } of current()) {
      if (!sourceIds.includes(id)) continue
      const ofPanel = async () => (await lists.state(id)).accounts.find(({ timeZone }) => timeZone)?.timeZone
      const zone = archiveTimeZone ?? (await ofPanel()) ?? guideTimeZone
      if (zone !== undefined) zones.set(id, zone)
    }
    return zones
  }
}
