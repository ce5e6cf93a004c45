import { setTimeout as sleep } from 'node:timers/promises'
import { openViewer, type Random } from '@kptv/testkit'
import type { EdgeNode } from '../cluster/support/start-cluster.ts'
import type { SoakWorld } from './soak-world.ts'

export type Zap = {
  readonly outcome: 'played' | 'refused' | 'not reached' | 'ended with its node' | 'ended'
  readonly status?: number
  readonly edge: string
  readonly channelId: string
  readonly playedMs: number
  /** Problems of the media, in words. */
  readonly flaws: readonly string[]
  /** Nothing was done to the node meanwhile. */
  readonly isNodeUnharmed: boolean
}

/** So long a viewer waits for an answer. */
const PATIENCE_MS = 25_000
const STAYS_MS = [500, 20_000] as const
const PAUSE_MS = 300
const LOOK_EVERY_MS = 100

/** A viewer who plays one channel after another, on any node, until `signal` fires. */
export async function zap(
  world: SoakWorld,
  {
    random,
    signal,
    onZap,
  }: { readonly random: Random; readonly signal: AbortSignal; readonly onZap: (zap: Zap) => void },
): Promise<void> {
  while (!signal.aborted) {
    const edge = random.pick(world.cluster.edges)
    const channelId = random.pick(world.channelIds)
    onZap(await play(world, { edge, channelId, stayMs: random.between(...STAYS_MS), signal }))
    await sleep(random.between(0, PAUSE_MS))
  }
}

async function play(
  world: SoakWorld,
  {
    edge,
    channelId,
    stayMs,
    signal,
  }: { readonly edge: EdgeNode; readonly channelId: string; readonly stayMs: number; readonly signal: AbortSignal },
): Promise<Zap> {
  const harmsBefore = world.harmsOf(edge)
  const about = { edge: edge.name, channelId, isNodeUnharmed: false }
  const livesOn = () => world.harmsOf(edge) === harmsBefore && !world.isHarmed(edge)
  const viewer = await openViewer(`${edge.url}/stream/${channelId}`, { deadlineMs: PATIENCE_MS, keptBytes: 0 }).catch(
    () => undefined,
  )
  if (viewer === undefined) return { ...about, outcome: 'not reached', playedMs: 0, flaws: [] }
  if (viewer.status !== 200) {
    viewer.close()
    return { ...about, outcome: 'refused', status: viewer.status, playedMs: 0, flaws: [] }
  }
  const startedAtMs = performance.now()
  const playedMs = () => performance.now() - startedAtMs
  while (playedMs() < stayMs && !signal.aborted && viewer.ended() === undefined) await sleep(LOOK_EVERY_MS)
  const hasEnded = viewer.ended() !== undefined
  const { packets, problems } = viewer.report()
  const flaws = packets > 0 ? problems : []
  viewer.close()
  if (!hasEnded) return { ...about, outcome: 'played', playedMs: playedMs(), flaws, isNodeUnharmed: livesOn() }
  // The process may have died a moment before this test has noted it.
  await sleep(LOOK_EVERY_MS)
  return { ...about, outcome: livesOn() ? 'ended' : 'ended with its node', playedMs: playedMs(), flaws }
}
