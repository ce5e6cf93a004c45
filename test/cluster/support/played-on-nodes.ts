import { eventually, type Viewer } from '@kptv/testkit'
import type { Cluster, EdgeNode } from './start-cluster.ts'
import { watchSoon } from './watch.ts'

/** One viewer on each node, all of the same channel. */
export function watchOnEach(cluster: Cluster, channelId: string): Promise<Viewer[]> {
  return Promise.all(cluster.edges.map((edge) => watchSoon(`${edge.url}/stream/${channelId}`)))
}

/** All get so many key frames more than they have now. */
export async function playOn(viewers: readonly Viewer[], keyFrames: number, deadlineMs = 60_000): Promise<void> {
  const before = viewers.map((viewer) => viewer.report().keyFrames)
  const haveMore = () => viewers.every((viewer, index) => viewer.report().keyFrames >= before[index]! + keyFrames)
  await eventually(`all play ${keyFrames} key frames on`, haveMore, { deadlineMs })
}

/** The node that leads a channel, by its record in Redis. */
export async function leaderOf(cluster: Cluster, channelId: string): Promise<EdgeNode> {
  const name = await cluster.redis.command('HGET', `kptv:0:{channel:${channelId}}:lead`, 'node')
  const leader = cluster.edges.find((edge) => edge.name === name)
  if (leader === undefined) throw new Error(`nobody leads channel ${channelId}: ${name}`)
  return leader
}

/** Neither slots nor leaderships nor presence. */
export async function nothingIsLeft(cluster: Cluster): Promise<void> {
  const left = async () => {
    const names = (await cluster.redis.command('KEYS', 'kptv:*')) as string[]
    return names.filter((name) => /:(lead|presence|slots)$/.test(name))
  }
  await eventually('nothing is left in Redis', async () => (await left()).length === 0, { deadlineMs: 30_000 })
}

/**
 * The provider sends its last second again to anyone who connects. Its clock is not known to a node
 * that has followed, so that second is played once more, on a clock that runs on.
 */
export function flawsOf(viewer: Viewer): string[] {
  return viewer.report().problems.filter((problem) => !problem.endsWith('media packets sent twice'))
}
