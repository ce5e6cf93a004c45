import { createRandom, eventually } from '@kptv/testkit'
import { HlsPlayer } from '../hls-player.ts'
import type { Rig } from '../rig.ts'
import { type RunResult, type Scenario, untilClean } from '../scenario.ts'

const PLAYERS = 3
/** Before the fault, and after it. */
const SEGMENTS = 6
const LATE_MS = 90_000

/**
 * A fault while players of HLS watch, each of whose requests goes to any node.
 *
 * @param query of the playlist, for another format
 */
export const whileHlsPlays =
  (fault: Scenario, query = '') =>
  async (rig: Rig, turn: number): Promise<RunResult> => {
    const { edges } = rig.cluster
    const urls = edges.map(({ url }) => url)
    const players = Array.from({ length: PLAYERS }, (_, index) => new HlsPlayer(urls, createRandom(turn * 10 + index)))
    try {
      await Promise.all(players.map((player) => player.start(`/stream/${rig.channelIds[0]}.m3u8${query}`)))
      await loadMore(players)
      const leader = await eventually('a node leads', () => rig.leader())
      const followers = edges.filter((edge) => edge !== leader)
      await rig.provider.resetTruth()
      const startedAtMs = performance.now()
      const judged = await fault({ rig, leader, followers, viewersOn: () => [] })
      await loadMore(players)
      const truth = await rig.provider.truth()
      await Promise.all(players.map((player) => player.leave()))
      const clean = await untilClean(rig)
      return {
        samples: {
          'wait for a segment': players.map((player) => player.longestWaitMs(startedAtMs)),
          'video stands still': players.map((player) => player.stalledMs(startedAtMs)),
        },
        endedResponses: 0,
        maxConnections: truth.highWaterMark,
        newConnections: Object.values(truth.channels).reduce((sum, channel) => sum + channel.opened, 0),
        violations: [
          ...new Set(players.flatMap(({ violations }) => violations)),
          ...(judged.violations ?? []),
          ...clean.violations,
        ],
        cleanAfterMs: clean.afterMs,
      }
    } finally {
      await Promise.all(players.map((player) => player.leave()))
    }
  }

async function loadMore(players: readonly HlsPlayer[]): Promise<void> {
  const wanted = players.map(({ segments }) => segments + SEGMENTS)
  const haveMore = () => players.every(({ segments }, index) => segments >= wanted[index]!)
  await eventually(`all load ${SEGMENTS} segments more`, haveMore, { deadlineMs: LATE_MS })
}
