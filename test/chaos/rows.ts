import type { Rig, RigOptions } from './rig.ts'
import { playScenario, type RunResult, type Scenario } from './scenario.ts'
import { drainLeader } from './scenarios/drains.ts'
import { hammer } from './scenarios/hammer.ts'
import { whileHlsPlays } from './scenarios/hls-players.ts'
import { cutOffLeader, cutSubscriber, refuseLeader, slowFollower } from './scenarios/link-faults.ts'
import { manyViewersArrive } from './scenarios/many-viewers.ts'
import {
  freezeLeader,
  freezeLeaderAndSupervisor,
  killFollower,
  killLeader,
  killLeaderAndSupervisor,
} from './scenarios/process-faults.ts'
import { redisForgets, redisFreezes } from './scenarios/redis-faults.ts'

/** What was measured must be at most so much, at p95. */
type Target = { readonly what: string; readonly atMostMs: number }

export type Row = {
  /** For `--row`. */
  readonly name: string
  readonly title: string
  readonly rig: RigOptions
  run(rig: Rig, turn: number): Promise<RunResult>
  readonly targets: readonly Target[]
  /** New connections that the provider may see in a run. */
  readonly newConnections?: { readonly exactly: number }
  /** Its runs mostly wait: several rigs can share the machine. */
  readonly isWaiting?: boolean
}

const others = (atMostMs: number): Target => ({ what: 'gap of others', atMostMs })
const onLeader = (atMostMs: number): Target => ({ what: 'gap of leader', atMostMs })

const fault =
  (scenario: Scenario): Row['run'] =>
  (rig, turn) =>
    playScenario(rig, scenario, turn)

const HLS = { limit: 1, settings: { HLS_SEGMENT: '2s' } } as const
const FMP4 = '?format=fmp4'
const waitsAtMost = (ms: number): readonly Target[] => [
  { what: 'wait for a segment', atMostMs: ms },
  { what: 'video stands still', atMostMs: 0 },
]

/** What must hold when something fails; the table that `npm run chaos` prints. */
export const ROWS: readonly Row[] = [
  {
    name: 'many-viewers',
    title: '500 first viewers at once on 3 nodes, limit 1',
    rig: { limit: 1 },
    run: manyViewersArrive(500),
    targets: [{ what: 'first media', atMostMs: 3_000 }],
    newConnections: { exactly: 1 },
  },
  {
    name: 'kill-leader',
    title: 'kill -9 of the leading process, its supervisor lives, limit 1',
    rig: { limit: 1 },
    run: fault(killLeader),
    targets: [others(1_500)],
  },
  {
    name: 'kill-both',
    title: 'kill -9 of the leading process and its supervisor, limit 1',
    rig: { limit: 1 },
    run: fault(killLeaderAndSupervisor),
    targets: [others(2_000)],
  },
  {
    name: 'freeze-leader',
    title: 'SIGSTOP of the leading process for 10 s, limit 1',
    rig: { limit: 1 },
    run: fault(freezeLeader(10_000)),
    targets: [others(4_500)],
    isWaiting: true,
  },
  {
    name: 'freeze-both-spare',
    title: 'SIGSTOP of the leading process and its supervisor for 10 s, limit 2',
    rig: { limit: 2 },
    run: fault(freezeLeaderAndSupervisor(10_000)),
    targets: [others(6_000)],
    isWaiting: true,
  },
  {
    name: 'freeze-both-full',
    title: 'the same, limit 1: the pause and 2 s',
    rig: { limit: 1 },
    run: fault(freezeLeaderAndSupervisor(10_000)),
    targets: [others(12_000)],
    isWaiting: true,
  },
  {
    name: 'redis-forgets',
    title: 'kill -9 of Redis, back and empty after 1 s, limit 1',
    rig: { limit: 1 },
    run: fault(redisForgets(1_000)),
    targets: [others(2_500), onLeader(200)],
    newConnections: { exactly: 0 },
  },
  {
    name: 'redis-refuses',
    title: 'Redis refuses for 30 s, limit 1',
    rig: { limit: 1 },
    run: fault(redisForgets(30_000)),
    targets: [{ what: 'back of others', atMostMs: 1_000 }, onLeader(200)],
    newConnections: { exactly: 0 },
    isWaiting: true,
  },
  {
    name: 'redis-freezes',
    title: 'Redis frozen for 30 s, limit 1',
    rig: { limit: 1 },
    run: fault(redisFreezes(30_000)),
    targets: [
      { what: 'back of others', atMostMs: 3_000 },
      { what: 'back of leader', atMostMs: 3_000 },
      { what: 'provider closed', atMostMs: 2_600 },
    ],
    isWaiting: true,
  },
  {
    name: 'cut-off-leader',
    title: 'leader cut off from Redis for 20 s, limit 2',
    rig: { limit: 2, hasLinks: true },
    run: fault(cutOffLeader(20_000)),
    targets: [others(6_000)],
    isWaiting: true,
  },
  {
    name: 'leader-cut-off-limit-1',
    title: 'the same, limit 1: it is asked what it holds',
    rig: { limit: 1, hasLinks: true },
    run: fault(cutOffLeader(20_000)),
    targets: [others(6_000)],
    isWaiting: true,
  },
  {
    name: 'leader-refused-limit-1',
    title: 'Redis refuses the leader alone for 20 s, limit 1',
    rig: { limit: 1, hasLinks: true },
    run: fault(refuseLeader(20_000)),
    targets: [others(6_000)],
    isWaiting: true,
  },
  {
    name: 'drain-spare',
    title: 'SIGTERM to the leader, a slot is spare (limit 2)',
    rig: { limit: 2 },
    run: fault(drainLeader),
    targets: [others(200)],
  },
  {
    name: 'drain-full',
    title: 'SIGTERM to the leader, no slot is spare (limit 1)',
    rig: { limit: 1 },
    run: fault(drainLeader),
    targets: [others(2_000)],
  },
  {
    name: 'kill-follower',
    title: 'kill -9 of a follower and its supervisor, limit 1',
    rig: { limit: 1 },
    run: fault(killFollower),
    targets: [others(200)],
    newConnections: { exactly: 0 },
  },
  {
    name: 'slow-follower',
    title: "a follower's way from Redis carries a fifth of the channel for 10 s, limit 1",
    rig: { limit: 1, hasLinks: true },
    run: fault(slowFollower(10_000)),
    targets: [others(200)],
    newConnections: { exactly: 0 },
  },
  {
    name: 'cut-subscriber',
    title: "Redis closes a follower's subscriptions, limit 1",
    rig: { limit: 1, hasLinks: true },
    run: fault(cutSubscriber),
    targets: [others(200)],
    newConnections: { exactly: 0 },
  },
  {
    name: 'hls-kill-leader',
    title: 'HLS: kill -9 of the leading process and its supervisor, limit 1',
    rig: HLS,
    run: whileHlsPlays(killLeaderAndSupervisor),
    targets: waitsAtMost(6_000),
  },
  {
    name: 'hls-drain',
    title: 'HLS: SIGTERM to the leader, limit 1',
    rig: HLS,
    run: whileHlsPlays(drainLeader),
    targets: waitsAtMost(5_000),
    newConnections: { exactly: 1 },
  },
  {
    name: 'fmp4-kill-leader',
    title: 'HLS as fragmented MP4: kill -9 of the leading process and its supervisor, limit 1',
    rig: HLS,
    run: whileHlsPlays(killLeaderAndSupervisor, FMP4),
    targets: waitsAtMost(6_000),
  },
  {
    name: 'fmp4-drain',
    title: 'HLS as fragmented MP4: SIGTERM to the leader, limit 1',
    rig: HLS,
    run: whileHlsPlays(drainLeader, FMP4),
    targets: waitsAtMost(5_000),
    newConnections: { exactly: 1 },
  },
  {
    name: 'hls-redis-forgets',
    title: 'HLS: kill -9 of Redis, back and empty after 1 s, limit 1',
    rig: HLS,
    run: whileHlsPlays(redisForgets(1_000)),
    targets: waitsAtMost(5_000),
    newConnections: { exactly: 0 },
  },
  {
    name: 'hls-redis-refuses',
    title: 'HLS: Redis refuses for 30 s, limit 1',
    rig: HLS,
    run: whileHlsPlays(redisForgets(30_000)),
    targets: waitsAtMost(5_000),
    newConnections: { exactly: 0 },
    isWaiting: true,
  },
  {
    name: 'hls-freeze-leader',
    title: 'HLS: SIGSTOP of the leading process for 10 s, limit 1',
    rig: HLS,
    run: whileHlsPlays(freezeLeader(10_000)),
    // Half of it is a balancer that waits for the frozen node.
    targets: [
      { what: 'wait for a segment', atMostMs: 8_000 },
      { what: 'video stands still', atMostMs: 3_000 },
    ],
    isWaiting: true,
  },
  {
    name: 'hammer',
    title: '1,000 viewers that leave and come back, 4 channels on 3 nodes, limit 4',
    rig: { limit: 4, channels: 4, settings: { INACTIVE_TIMEOUT: '100ms' } },
    run: hammer(1_000),
    targets: [],
    isWaiting: true,
  },
]
