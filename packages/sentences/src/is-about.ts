import type { ClusterEvent } from '@kptv/contract'

/** What is wanted of the events, by id; empty: everything. */
export type EventFilter = { readonly channel?: string; readonly source?: string; readonly node?: string }

/** Whether the event happened to these, or on this node. */
export function isAbout({ node, facts }: Pick<ClusterEvent, 'node' | 'facts'>, wanted: EventFilter): boolean {
  const { channel, source, fromSource, target } = facts as Readonly<Record<string, unknown>>
  if (wanted.channel && channel !== wanted.channel) return false
  if (wanted.source && source !== wanted.source && fromSource !== wanted.source) return false
  return !wanted.node || node === wanted.node || target === wanted.node
}
