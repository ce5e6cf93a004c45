import type { LiveChannel, LiveNode, NodeReport, PlayedChannel } from '@kptv/contract'
import type { ChannelName } from './channel-names.ts'

type Heard = { readonly report: NodeReport; readonly atMs: number }
type Played = PlayedChannel & { readonly node: string }

/** A node that should report every second and has been silent for this long is gone. */
const GONE_AFTER_MS = 3_500
/** Silent for this long, it may be gone. */
const SILENT_AFTER_MS = 1_200
const FORGOTTEN_AFTER_MS = 60_000
/** A report is younger than this when it arrives. */
const MAX_ON_THE_WAY_MS = 2_000

/** The reports of all nodes, put together. */
export class LiveBoard {
  readonly #heard = new Map<string, Heard>()
  /** Those whose end was proven. */
  readonly #ended = new Set<string>()

  /**
   * @param nowMs wall clock of this node, also of all other calls
   * @returns whether more than figures has changed: who plays what, and how
   */
  hear(report: NodeReport, nowMs: number): boolean {
    const { incarnation } = report
    const before = this.#heard.get(incarnation)
    const isBack = this.#ended.delete(incarnation)
    this.#heard.set(incarnation, { report: byOurClock(report, nowMs), atMs: nowMs })
    return isBack || before === undefined || partsOf(before.report) !== partsOf(report)
  }

  /** Incarnations of nodes that may be gone. */
  silent(nowMs: number): readonly string[] {
    return [...this.#heard].flatMap(([id, heard]) =>
      nowMs - heard.atMs > SILENT_AFTER_MS && !this.#isGone(id, heard, nowMs) ? [id] : [],
    )
  }

  /** The end of a node is proven; it is gone until it reports again. */
  end(incarnation: string): void {
    this.#ended.add(incarnation)
  }

  #forget(id: string): void {
    this.#heard.delete(id)
    this.#ended.delete(id)
  }

  #isGone(id: string, { atMs }: Heard, nowMs: number): boolean {
    return nowMs - atMs > GONE_AFTER_MS || this.#ended.has(id)
  }

  /** By incarnation; `about` knows what channels are called. */
  nodes(nowMs: number, about: (id: string) => Pick<ChannelName, 'name'>): Record<string, LiveNode> {
    for (const [id, { atMs }] of this.#heard) if (nowMs - atMs > FORGOTTEN_AFTER_MS) this.#forget(id)
    return Object.fromEntries(
      [...this.#heard].map(([id, heard]) => [id, nodeOf(heard, this.#isGone(id, heard, nowMs), about)]),
    )
  }

  /** Those in play on nodes that are there, by id; `about` knows what they are called. */
  channels(nowMs: number, about: (id: string) => ChannelName) {
    const present = [...this.#heard].filter(([id, heard]) => !this.#isGone(id, heard, nowMs))
    const played = present.flatMap(
      ([
        ,
        {
          report: { node, channels },
        },
      ]) => channels.map((channel): Played => ({ ...channel, node })),
    )
    const byChannel = Map.groupBy(played, ({ channel }) => channel)
    return Object.fromEntries([...byChannel].map(([id, all]) => [id, channelOf(all, about(id))]))
  }
}

/** Its times by our clock, if its own is wrong. */
function byOurClock(report: NodeReport, nowMs: number): NodeReport {
  const aheadMs = report.at - nowMs
  if (Math.abs(aheadMs) < MAX_ON_THE_WAY_MS) return report
  const channels = report.channels.map((channel) => ({ ...channel, since: channel.since - aheadMs }))
  return { ...report, startedAt: report.startedAt - aheadMs, channels }
}

function partsOf({ state, channels }: NodeReport): string {
  return [state, ...channels.map(({ channel, phase, stream }) => `${channel} ${phase} ${stream}`)].join()
}

function nodeOf({ report, atMs }: Heard, isGone: boolean, about: (id: string) => Pick<ChannelName, 'name'>): LiveNode {
  const { node, version, channels } = report
  const count = (role: PlayedChannel['role']): number => channels.filter((channel) => channel.role === role).length
  if (isGone) {
    const nothing = { viewers: 0, leads: 0, follows: 0, sentBitsPerSecond: 0, ringBytes: 0, direct: [] }
    return { node, version, state: 'gone', since: atMs, ...nothing }
  }
  const { state, startedAt: since, viewers, sentBitsPerSecond, ringBytes, direct } = report
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
    direct: direct.map((one) => ({ ...one, name: about(one.channel).name })),
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
