import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { eventually, type FakeProvider, startFakeProviderThread } from '@kptv/testkit'
import { type Cluster, startCluster } from './support/start-cluster.ts'
import { leaveAll, watchSoon } from './support/watch.ts'

const CHANNELS = ['1', '2', '3']
const ROUND_TRIP_MS = 300

let provider: FakeProvider
let cluster: Cluster

beforeAll(async () => {
  const entries = CHANNELS.map((streamId) => ({ streamId, name: `Channel ${streamId}` }))
  provider = await startFakeProviderThread({ entries })
  cluster = await startCluster({ sources: `${provider.playlistUrl()}|3`, hasLinks: true })
}, 240_000)

afterAll(async () => {
  leaveAll()
  await cluster?.[Symbol.asyncDispose]()
  await provider?.stop()
}, 90_000)

/** All that Redis is asked, line by line. */
async function monitorRedis(onLine: (line: string) => void): Promise<Disposable> {
  const { hostname, port } = new URL(cluster.redis.url)
  const socket = connect(Number(port), hostname)
  const { promise: started, resolve, reject } = Promise.withResolvers<void>()
  socket.once('error', reject)
  createInterface({ input: socket }).on('line', (line) => (line === '+OK' ? resolve() : onLine(line)))
  socket.write('MONITOR\r\n')
  await started
  return { [Symbol.dispose]: () => void socket.destroy() }
}

/** How often the start of a channel waits for Redis, and the commands that it sends. */
async function startOf(channelId: string): Promise<{ readonly rounds: number; readonly commands: number }> {
  const arrivals: number[] = []
  let isOpen = false
  using _ = await monitorRedis((line) => {
    const isOfStart = line.includes(channelId) || /\{(?:account|stream):/.test(line)
    if (isOfStart && !isOpen) arrivals.push(Number(/^\+(\d+\.\d+) /.exec(line)?.[1]) * 1_000)
  })
  const before = provider.truth().attempts.length
  // A beat that came too late on a busy machine refuses a start, and a player comes back.
  const opening = watchSoon(`${cluster.edge.url}/stream/${channelId}`)
  await eventually('the provider is asked', () => provider.truth().attempts.length > before, {
    deadlineMs: 60_000,
    everyMs: 5,
  })
  isOpen = true
  const viewer = await opening
  viewer.close()
  return { rounds: countRounds(arrivals), commands: arrivals.length }
}

/** A command that waits for an answer comes a whole round trip after the one that was answered. */
function countRounds(arrivals: readonly number[]): number {
  let rounds = 0
  let startedAtMs = Number.NEGATIVE_INFINITY
  for (const atMs of arrivals) {
    if (atMs - startedAtMs < 0.9 * ROUND_TRIP_MS) continue
    rounds += 1
    startedAtMs = atMs
  }
  return rounds
}

// How many round trips a start takes is counted by start-of-a-channel.redis.test.ts: here a busy
// machine may cut a batch in two.
test(`a channel starts on an edge whose Redis is ${ROUND_TRIP_MS} ms away, and commands do not wait for each other`, async () => {
  const ids = [...(await cluster.channelIds()).values()]
  cluster.edge.link!.set({ delayMs: ROUND_TRIP_MS / 2 })
  for (const id of ids) {
    const { rounds, commands } = await startOf(id)
    expect(rounds).toBeGreaterThan(1)
    expect(rounds).toBeLessThan(commands)
  }
}, 240_000)
