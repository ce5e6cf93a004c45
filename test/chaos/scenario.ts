import { eventually, openViewer, type Viewer } from '@kptv/testkit'
import type { EdgeNode } from '../cluster/support/start-cluster.ts'
import { backAfterMs, flawsOf, LISTED_GAP_MS, longestGapMs } from './gaps.ts'
import type { Rig } from './rig.ts'

/** The channel in play on all three nodes, before the fault. */
type Stage = {
  readonly rig: Rig
  readonly leader: EdgeNode
  readonly followers: readonly EdgeNode[]
  viewersOn(...edges: readonly EdgeNode[]): Viewer[]
}

/** What a scenario asks to be judged. */
type Judged = {
  /** Responses that must continue, by the name of their group: `others`, `leader`. */
  readonly staying: Readonly<Record<string, readonly Viewer[]>>
  /**
   * `performance.now()` since when the viewers of a group must have media again, for those who had
   * to wait that long.
   */
  readonly backSinceMs?: number
  /** Further figures, ms. */
  readonly figures?: Readonly<Record<string, number>>
  /** What must not have happened, one sentence each. */
  readonly violations?: readonly string[]
}

/** One fault. */
export type Scenario = (stage: Stage) => Promise<Judged>

/** What happened in one run; times in ms. */
export type RunResult = {
  /** By what was measured: `gap of others`, `back of leader`, … */
  readonly samples: Readonly<Record<string, readonly number[]>>
  /** Responses that ended although they had to continue. */
  readonly endedResponses: number
  /** Most connections that the provider saw wanted or open at once. */
  readonly maxConnections: number
  /** Connections that the provider saw since the fault. */
  readonly newConnections: number
  readonly violations: readonly string[]
  /** From the last viewer until nothing was left, in Redis and at the provider. */
  readonly cleanAfterMs: number
}

const VIEWERS_PER_EDGE = 2
const BEGIN_MS = 30_000
const PLAY_ON_MS = 45_000
const CLEAN_MS = 30_000

/**
 * Brings the channel into play, lets the fault happen, and judges viewers, provider and Redis. The
 * rig is mended, and clean, before.
 */
export async function playScenario(rig: Rig, scenario: Scenario, turn = 0): Promise<RunResult> {
  const viewers = new Map<EdgeNode, Viewer[]>(rig.cluster.edges.map((edge) => [edge, []]))
  const leave = () => [...viewers.values()].flat().forEach((viewer) => void viewer.close())
  try {
    const stage = await setStage(rig, viewers, turn)
    await rig.provider.resetTruth()
    const startedAtMs = performance.now()
    const judged = await scenario(stage)
    const stuck = await playOn(Object.values(judged.staying).flat())
    const result = await judge(rig, { judged, startedAtMs })
    leave()
    const clean = await untilClean(rig)
    return {
      ...result,
      violations: [...result.violations, ...stuck, ...clean.violations],
      cleanAfterMs: clean.afterMs,
    }
  } finally {
    leave()
  }
}

/** Two viewers on each node; `turn` selects the node that gets the first one, and so leads. */
async function setStage(rig: Rig, viewers: ReadonlyMap<EdgeNode, Viewer[]>, turn: number): Promise<Stage> {
  const { edges } = rig.cluster
  for (const [index] of edges.entries()) {
    const edge = edges[(index + turn) % edges.length]!
    for (let count = 0; count < VIEWERS_PER_EDGE; count++) {
      viewers.get(edge)!.push(await openPlaying(rig.streamUrl(edge)))
    }
  }
  const all = [...viewers.values()].flat()
  await eventually('all play', () => all.every((viewer) => viewer.report().keyFrames >= 3), { deadlineMs: BEGIN_MS })
  const leader = await eventually('a node leads', () => rig.leader())
  return {
    rig,
    leader,
    followers: edges.filter((edge) => edge !== leader),
    viewersOn: (...chosen) => chosen.flatMap((edge) => viewers.get(edge) ?? []),
  }
}

/** A node that has missed a beat refuses for a moment; players come back. */
function openPlaying(url: string): Promise<Viewer> {
  const open = async () => {
    const viewer = await openViewer(url, { checker: { gapThresholdMs: LISTED_GAP_MS } })
    if (viewer.status === 200) return viewer
    viewer.close()
    return undefined
  }
  return eventually('the channel is brought into play', open, { deadlineMs: BEGIN_MS, everyMs: 250 })
}

/** Until each viewer had two more key frames. @returns those who did not, one sentence each */
async function playOn(staying: readonly Viewer[]): Promise<string[]> {
  const wanted = new Map(staying.map((viewer) => [viewer, viewer.report().keyFrames + 2]))
  const stuck = () =>
    staying.filter((viewer) => viewer.ended() === undefined && viewer.report().keyFrames < wanted.get(viewer)!)
  await eventually('all play on', () => stuck().length === 0, { deadlineMs: PLAY_ON_MS, everyMs: 50 }).catch(() => {})
  return stuck().map(
    (viewer) => `a viewer got no media any more, its last after ${viewer.report().keyFrames} key frames`,
  )
}

async function judge(
  rig: Rig,
  { judged, startedAtMs }: { readonly judged: Judged; readonly startedAtMs: number },
): Promise<Omit<RunResult, 'cleanAfterMs'>> {
  const truth = await rig.provider.truth()
  const samples: Record<string, number[]> = {}
  for (const [what, value] of Object.entries(judged.figures ?? {})) samples[what] = [value]
  for (const [group, viewers] of Object.entries(judged.staying)) {
    samples[`gap of ${group}`] = viewers.map((viewer) => longestGapMs(viewer, startedAtMs))
    const { backSinceMs } = judged
    if (backSinceMs !== undefined)
      samples[`back of ${group}`] = viewers.map((viewer) => backAfterMs(viewer, backSinceMs))
  }
  const staying = Object.values(judged.staying).flat()
  return {
    samples,
    endedResponses: staying.filter((viewer) => viewer.ended() !== undefined).length,
    maxConnections: truth.highWaterMark,
    newConnections: Object.values(truth.channels).reduce((sum, channel) => sum + channel.opened, 0),
    violations: [
      ...truth.violations.map(({ open, limit }) => `a connection was wanted while ${open} of ${limit} were open`),
      ...new Set(staying.flatMap(flawsOf)),
      ...(judged.violations ?? []),
    ],
  }
}

/** Waits until nothing is left in Redis and at the provider, half a minute at most. */
export async function untilClean(rig: Rig): Promise<{ readonly afterMs: number; readonly violations: string[] }> {
  const leftAtMs = performance.now()
  let left: string[] = []
  const look = async () => {
    left = await rig.leftovers()
    return left.length === 0
  }
  await eventually('nothing is left', look, { deadlineMs: CLEAN_MS, everyMs: 100 }).catch(() => {})
  const afterMs = performance.now() - leftAtMs
  return { afterMs, violations: left.map((what) => `${what} left half a minute after the last viewer`) }
}
