import type { ClusterEvent, LiveState } from '@kptv/contract'
import type { EventFilter } from '@kptv/sentences'

/** A value that events can be filtered by, and how people call it. */
export type Choice = readonly [value: string, name: string]

/**
 * By what the events can be filtered: all that is there now, and all that the events are about,
 * such as a channel that is no longer in play, or a worker.
 */
export function choicesOf(
  { nodes, channels, sources }: LiveState,
  events: readonly ClusterEvent[],
  chosen: EventFilter,
): Readonly<Record<keyof EventFilter, readonly Choice[]>> {
  const facts = events.map((event) => event.facts as Readonly<Record<string, unknown>>)
  const named = (id: 'channel' | 'source', name: string): Choice[] =>
    facts.flatMap((one) => (typeof one[id] === 'string' ? [[one[id], String(one[name] ?? one[id])] as const] : []))
  const nodesNow = Object.values(nodes).map(({ node }) => node)
  return {
    source: sorted([chosen.source, namesOf(sources), named('source', 'sourceName')]),
    node: sorted([chosen.node, [...nodesNow, ...events.map(({ node }) => node)].map((node) => [node, node])]),
    channel: sorted([chosen.channel, namesOf(channels), named('channel', 'channelName')]),
  }
}

function namesOf(rows: Readonly<Record<string, { readonly name: string }>>): Choice[] {
  return Object.entries(rows).map(([id, { name }]) => [id, name])
}

/** Each once, by name; what is chosen is always among them. Later names are better ones. */
function sorted([chosen, ...known]: readonly [string | undefined, ...Array<readonly Choice[]>]): readonly Choice[] {
  const byValue = new Map<string, string>(chosen ? [[chosen, chosen]] : [])
  for (const [value, name] of known.toReversed().flat()) byValue.set(value, name)
  return [...byValue].toSorted(([, one], [, other]) => one.localeCompare(other))
}
