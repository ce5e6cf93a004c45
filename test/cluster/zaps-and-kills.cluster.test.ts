import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { eventually, type FakeProvider, isLongRun, startFakeProviderThread, type Viewer } from '@kptv/testkit'
import { type MadeFolder, makeFolder } from './support/made-folder.ts'
import { type Cluster, type EdgeNode, isFullyReady, startCluster } from './support/start-cluster.ts'
import { channelIdsOf, countLeases } from './support/user-streams.ts'
import { leaveAll, watch } from './support/watch.ts'

const ZAPS = 200
const KILLS = 12
const KILL_EVERY_MS = 4_000
const CHANNELS = 8
const TOKENS = ['token-of-the-television', 'token-of-the-telephone']
const LIMIT = TOKENS.length

let provider: FakeProvider
let cluster: Cluster
let folder: MadeFolder

const describeLong = isLongRun ? describe : describe.skip

describeLong('a user with a limit of two, whose devices zap while edges die', () => {
  beforeAll(async () => {
    folder = await makeFolder()
    const tokens = TOKENS.map((token, index) => `{ label: device-${index}, token: ${token} }`).join(', ')
    const users = `users:\n  - { name: anna, streams: ${LIMIT}, tokens: [${tokens}] }\n`
    await folder.put('users.yaml', users)
    provider = await startFakeProviderThread({
      accounts: [{ user: 'user', password: 'pass', limit: CHANNELS }],
      entries: Array.from({ length: CHANNELS }, (_, index) => ({ streamId: `${index + 1}`, name: `Channel ${index}` })),
    })
    cluster = await startCluster({
      sources: `${provider.playlistUrl()}|${CHANNELS}`,
      edges: 3,
      // A channel that nobody watches closes at once, so the provider counts what the user watches.
      settings: { INACTIVE_TIMEOUT: '0s', USERS_FILE: folder.pathOf('users.yaml') },
    })
  }, 240_000)

  afterEach(leaveAll)

  afterAll(async () => {
    await cluster?.[Symbol.asyncDispose]()
    await provider?.stop()
    await folder?.[Symbol.asyncDispose]()
  }, 90_000)

  test("never watches more than two, or three while a zap takes over, by the provider's count", async () => {
    const ids = [...(await channelIdsOf(`${cluster.edge.url}/link/${TOKENS[0]}`)).values()]
    provider.resetTruth()
    const kills = killEdges(KILLS)
    let isKilling = true
    void kills.finally(() => {
      isKilling = false
    })
    const present: Array<Viewer | undefined> = []
    const leasesSeen: number[] = []
    for (let turn = 0; turn < ZAPS || isKilling; turn += 1) {
      const device = turn % TOKENS.length
      const path = `/link/${TOKENS[device]}/stream/${ids[turn % CHANNELS]}`
      // As a player does that has several addresses: a dead edge answers nothing.
      const viewer = await eventually(`zap ${turn} plays`, () => play(turn, path), { deadlineMs: 60_000 })
      // Every other time the end of the old stream is left to the limit.
      if (turn % 4 < 2) present[device]?.close()
      present[device] = viewer
      await Promise.race([
        eventually('it has media', () => viewer.report().keyFrames >= 1),
        viewer.waitForEnd({ deadlineMs: 60_000 }),
      ])
      leasesSeen.push(await countLeases(cluster, 'anna'))
      await eventually('what it took over has ended', async () => (await provider.truth()).openStreams <= LIMIT, {
        deadlineMs: 60_000,
      })
    }
    await kills
    const { highWaterMark, violations } = await provider.truth()
    expect(violations).toEqual([])
    expect(highWaterMark).toBeLessThanOrEqual(LIMIT + 1)
    expect(Math.max(...leasesSeen)).toBeLessThanOrEqual(LIMIT)
    leaveAll()
    await eventually('no lease is left', async () => (await countLeases(cluster, 'anna')) === 0, { deadlineMs: 60_000 })
    await eventually('the provider is left', async () => (await provider.truth()).openStreams === 0)
    await eventually('all slots are free', async () => (await cluster.slotCount()) === 0, { deadlineMs: 60_000 })
  }, 1_800_000)
})

async function play(turn: number, path: string): Promise<Viewer | undefined> {
  for (let at = 0; at < cluster.edges.length; at += 1) {
    const edge = cluster.edges[(turn + at) % cluster.edges.length]!
    const viewer = await watch(edge.url + path).catch(() => undefined)
    if (viewer?.status === 200) return viewer
    viewer?.close()
  }
  return undefined
}

/** One after another, each back before the next one dies. */
async function killEdges(count: number): Promise<void> {
  for (let kill = 0; kill < count; kill += 1) {
    const edge = cluster.edges[kill % cluster.edges.length]!
    await sleep(KILL_EVERY_MS)
    edge.process.killGroup('SIGKILL')
    await edge.process.stop()
    await cluster.restartEdge(edge)
    await eventually(`${edge.name} is back`, () => isBack(edge), { deadlineMs: 90_000 })
  }
}

const isBack = (edge: EdgeNode) => isFullyReady(edge).catch(() => false)
