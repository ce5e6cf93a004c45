import type { Source } from '@kptv/config'
import type { LiveSource } from '@kptv/contract'
import { readSource, type SourceFacts, type SourceParts } from '../source-facts.ts'

/** The sources as the page shows them, by id. Throws when Redis is away. */
export async function readLiveSources(
  sources: readonly Source[],
  parts: SourceParts,
): Promise<Record<string, LiveSource>> {
  const facts = await Promise.all(sources.map((source) => readSource(source, parts)))
  return Object.fromEntries(facts.map((one) => [one.id, describe(one)]))
}

function describe({ name, limit, slots, accounts, import: state }: SourceFacts): LiveSource {
  return {
    name,
    limit: limit === 'unlimited' ? null : limit,
    slots: slots.map(describeSlot).toSorted(byAge),
    import: state.state,
    progress: state.progress ?? null,
    entries: state.entries,
    fetchedAt: state.fetchedAt ?? null,
    alarm: state.alarm?.message ?? accounts.flatMap(({ alarms }) => alarms)[0]?.message ?? null,
    filtered: state.filtered,
    skipped: state.skipped,
    skippedFirst: state.skippedFirst.map(({ reason, line }) => ({ reason, line })),
    expiresAt: firstEnd(accounts),
    setAside: state.quarantine?.entries ?? null,
  }
}

function firstEnd(accounts: SourceFacts['accounts']): string | null {
  const ends = accounts.flatMap(({ expiresAt }) => (expiresAt === undefined ? [] : [expiresAt]))
  return ends.toSorted()[0] ?? null
}

type LiveSlot = LiveSource['slots'][number]

function describeSlot({ holder }: SourceFacts['slots'][number]): LiveSlot {
  const { channel = '', node = '', state = '', since } = (holder ?? {}) as Record<string, unknown>
  return {
    channel: String(channel),
    node: String(node),
    state: String(state),
    since: typeof since === 'number' ? since : null,
  }
}

/** Redis has them in the order of their renewals, which changes all the time. */
function byAge(one: LiveSlot, other: LiveSlot): number {
  return (one.since ?? 0) - (other.since ?? 0) || one.channel.localeCompare(other.channel)
}
