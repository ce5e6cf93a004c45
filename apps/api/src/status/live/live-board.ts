import type { LiveChannel, LiveNode, NodeReport, PlayedChannel } from '@kptv/contract'
import type { ChannelName } from './channel-names.ts'

type Heard = { readonly report: NodeReport; readonly atMs: number }
type Played = PlayedChannel & { readonly node: string }

/** A node that reports once a second and was not heard of for so long is gone. */
const GONE_AFTER_MS = 3_500
const FORGOTTEN_AFTER_MS = 60_000

/** The reports of all nodes, put together. */
export class LiveBoard {
  readonly #heard = new Map<string, Heard>()

  /** @param nowMs wall clock of this node, also of all other calls */
  hear(report: NodeReport, nowMs: number): void {
    this.#heard.set(report.incarnation, { report, atMs: nowMs })
  }

  /** By incarnation. */
  nodes(nowMs: number): Record<string, LiveNode> {
    for (const [id, { atMs }] of this.#heard) if (nowMs - atMs > FORGOTTEN_AFTER_MS) this.#heard.delete(id)
    return Object.fromEntries([...this.#heard].map(([id, heard]) => [id, nodeOf(heard, nowMs)]))
  }

  /** Those in play on nodes that are there, by id; `about` knows what they are called. */
  channels(nowMs: number, about: (id: string) => ChannelName) {
    const present = [...this.#heard.values()].filter(({ atMs }) => nowMs - atMs <= GONE_AFTER_MS)
    const played = present.flatMap(({ report: { node, channels } }) =>
      channels.map((channel): Played => ({ ...channel, node })),
    )
    const byChannel = Map.groupBy(played, ({ channel }) => channel)
    return Object.fromEntries([...byChannel].map(([id, all]) => [id, channelOf(all, about(id))]))
  }
}

function nodeOf({ report, atMs }: Heard, nowMs: number): LiveNode {
  const { node, version, channels } = report
  const count = (role: PlayedChannel['role']): number => channels.filter((channel) => channel.role === role).length
  if (nowMs - atMs > GONE_AFTER_MS) {
    const nothing = { viewers: 0, leads: 0, follows: 0, sentBitsPerSecond: 0, ringBytes: 0 }
    return { node, version, state: 'gone', since: atMs, ...nothing }
  }
  const { state, startedAt: since, viewers, sentBitsPerSecond, ringBytes } = report
  return {
    node,
    version,
    state,
    since,
    viewers,
    leads: count('leads'),
    follows: count('follows'),
    sentBitsPerSecond,
    ringBytes,
  }
}

const ORDER = ['leads', 'follows', 'waits'] as const

function channelOf(played: readonly Played[], { name, logo, streams }: ChannelName): LiveChannel {
  const sorted = played.toSorted(
    (one, other) => ORDER.indexOf(one.role) - ORDER.indexOf(other.role) || one.node.localeCompare(other.node),
  )
  const { phase, source, stream, bitsPerSecond } = sorted[0]!
  const place = stream === null ? -1 : streams.indexOf(stream)
  return {
    name,
    logo,
    phase,
    source,
    stream,
    streamNumber: place < 0 ? null : place + 1,
    streamCount: streams.length,
    bitsPerSecond,
    format: sorted.find(({ format }) => format !== null)?.format ?? null,
    viewers: sorted.reduce((sum, { viewers }) => sum + viewers, 0),
    since: Math.min(...sorted.map(({ since }) => since)),
    nodes: sorted.map(({ node, role, viewers }) => ({ node, role, viewers })),
  }
}
