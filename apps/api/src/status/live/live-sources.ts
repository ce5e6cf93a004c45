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
    slots: slots.map(({ holder }) => {
      const { channel = '', node = '', state: phase = '', since } = (holder ?? {}) as Record<string, unknown>
      return {
        channel: String(channel),
        node: String(node),
        state: String(phase),
        since: typeof since === 'number' ? since : null,
      }
    }),
    import: state.state,
    progress: state.progress ?? null,
    entries: state.entries,
    fetchedAt: state.fetchedAt ?? null,
    alarm: state.alarm?.message ?? accounts.flatMap(({ alarms }) => alarms)[0]?.message ?? null,
    setAside: state.quarantine?.entries ?? null,
  }
}
