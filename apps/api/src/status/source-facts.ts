import { type Alarm, accountAlarms, type SourceAccount, type SourceLists, type SourceState } from '@kptv/catalog'
import { loginsOf, type Source, UNLIMITED } from '@kptv/config'
import type { Cluster } from '@kptv/coordination'

export type SourceParts = { readonly lists: SourceLists; readonly slots: Cluster['slots'] }

/** The public facts of a source: its id and name, never its address. */
export type SourceFacts = {
  readonly id: string
  readonly name: string
  /** Id of the login whose connections it uses; of several, the first. */
  readonly account: string
  /** Of all its logins together. */
  readonly limit: number | 'unlimited'
  readonly import: SourceState
  /** Its logins in order, and what the provider says about them. */
  readonly accounts: readonly AccountFacts[]
  /** Connections of its accounts that are in use, on all nodes. */
  readonly slots: Awaited<ReturnType<Cluster['slots']['list']>>
}

type AccountFacts = Partial<SourceAccount> & {
  readonly account: string
  readonly limit: number | 'unlimited'
  readonly inUse: number
  readonly alarms: readonly Alarm[]
}

/** Throws when Redis is away. */
export async function readSource(source: Source, { lists, slots }: SourceParts): Promise<SourceFacts> {
  const { id, name, accountId: account } = source
  const logins = loginsOf(source)
  const [state, ...held] = await Promise.all([lists.state(id), ...logins.map((login) => slots.list(login.accountId))])
  const accounts = logins.map((login, index): AccountFacts => {
    const facts = state.accounts.find((one) => one.account === login.accountId)
    const alarms = facts === undefined ? [] : accountAlarms(facts, login.limit, Date.now())
    return { account: login.accountId, ...facts, limit: shown(login.limit), inUse: held[index]?.length ?? 0, alarms }
  })
  return { id, name, account, limit: shown(limitOf(source)), import: state, accounts, slots: held.flat() }
}

/**
 * Sources whose last import was not good, or whose subscription needs attention. Throws when Redis
 * is away.
 */
export async function readAlarms(sources: readonly Source[], lists: Pick<SourceLists, 'state'>) {
  const alarms = await Promise.all(
    sources.map(async (source) => {
      const { alarm, accounts } = await lists.state(source.id)
      const ofAccounts = loginsOf(source).flatMap(({ accountId, limit }) =>
        accounts
          .filter(({ account }) => account === accountId)
          .flatMap((account) => accountAlarms(account, limit, Date.now())),
      )
      const codes = new Set([...(alarm === undefined ? [] : [alarm]), ...ofAccounts].map(({ code }) => code))
      return [...codes].map((code) => ({ source: source.id, code }))
    }),
  )
  return alarms.flat()
}

/**
 * Connections of each source's accounts that are in use on all nodes, and allowed. Throws when
 * Redis is away.
 */
export function readConnections(sources: readonly Source[], slots: Pick<Cluster['slots'], 'list'>) {
  return Promise.all(
    sources.map(async (source) => {
      const held = await Promise.all(loginsOf(source).map(({ accountId }) => slots.list(accountId)))
      const limit = limitOf(source)
      return {
        source: source.id,
        inUse: held.flat().length,
        limit: limit === UNLIMITED ? Number.POSITIVE_INFINITY : limit,
      }
    }),
  )
}

function limitOf(source: Source): number {
  return Math.min(
    UNLIMITED,
    loginsOf(source).reduce((sum, { limit }) => sum + limit, 0),
  )
}

function shown(limit: number): number | 'unlimited' {
  return limit === UNLIMITED ? 'unlimited' : limit
}
