import { loginsOf, type Source } from '@kptv/config'

/** Recorders set aside some memory for each tuner. */
const MAX_TUNERS = 64

/**
 * How many channels a device can play at once: the connections of the accounts behind its channels,
 * and no more than its user may watch. Viewers of one channel share a connection, so more may work;
 * recorders keep to the number that they saw first, so it depends on settings alone.
 */
export function tunerCount(
  sourceIds: ReadonlySet<string>,
  sources: readonly Source[],
  userLimit = Number.POSITIVE_INFINITY,
): number {
  const limits = new Map<string, number>()
  for (const source of sources) {
    if (!sourceIds.has(source.id)) continue
    for (const { accountId, limit } of loginsOf(source))
      limits.set(accountId, Math.min(limit, limits.get(accountId) ?? limit))
  }
  const connections = [...limits.values()].reduce((sum, limit) => sum + limit, 0)
  return Math.max(1, Math.min(connections, userLimit, MAX_TUNERS))
}
