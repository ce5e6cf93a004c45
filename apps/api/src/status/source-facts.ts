import type { SourceLists, SourceState } from '@kptv/catalog'
import { type Source, UNLIMITED } from '@kptv/config'
import type { Cluster } from '@kptv/coordination'

export type SourceParts = { readonly lists: SourceLists; readonly slots: Cluster['slots'] }

/** The public facts of a source: its id and name, never its address. */
export type SourceFacts = {
  readonly id: string
  readonly name: string
  /** Id of the login whose connections it uses. */
  readonly account: string
  readonly limit: number | 'unlimited'
  readonly import: SourceState
  /** Connections of its account that are in use, on all nodes. */
  readonly slots: Awaited<ReturnType<Cluster['slots']['list']>>
}

/** Throws when Redis is away. */
export async function readSource(source: Source, { lists, slots }: SourceParts): Promise<SourceFacts> {
  const { id, name, accountId: account } = source
  const [state, held] = await Promise.all([lists.state(id), slots.list(account)])
  const limit = source.limit === UNLIMITED ? 'unlimited' : source.limit
  return { id, name, account, limit, import: state, slots: held }
}

/** Sources whose last import was not good. Throws when Redis is away. */
export async function readAlarms(sources: readonly Source[], lists: Pick<SourceLists, 'state'>) {
  const states = await Promise.all(
    sources.map(async ({ id }) => ({ source: id, alarm: (await lists.state(id)).alarm })),
  )
  return states.flatMap(({ source, alarm }) => (alarm === undefined ? [] : [{ source, code: alarm.code }]))
}

/**
 * Connections of each source's account that are in use on all nodes, and allowed. Throws when Redis
 * is away.
 */
export function readConnections(sources: readonly Source[], slots: Pick<Cluster['slots'], 'list'>) {
  return Promise.all(
    sources.map(async ({ id, accountId, limit }) => ({
      source: id,
      inUse: (await slots.list(accountId)).length,
      limit: limit === UNLIMITED ? Number.POSITIVE_INFINITY : limit,
    })),
  )
}
