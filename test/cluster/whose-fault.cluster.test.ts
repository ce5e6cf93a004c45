import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { eventually, type FakeProvider, startFakeProviderThread } from '@kptv/testkit'
import { type Cluster, startCluster } from './support/start-cluster.ts'
import { leaveAll, watch } from './support/watch.ts'

/**
 * Two nodes with viewers of one channel; the first leads and cannot reach what the second can.
 * `Both` is on a source that both nodes know, `Rolling` also on one that only the second node
 * knows, as in the middle of a rolling change of SOURCES.
 */
let starting: AsyncDisposableStack
let provider: FakeProvider
let newer: FakeProvider
let cluster: Cluster
let ids: Map<string, string>

beforeAll(async () => {
  starting = new AsyncDisposableStack()
  const names = (...all: string[]) => all.map((name, index) => ({ streamId: `${index + 1}`, name }))
  provider = starting.use(
    await startFakeProviderThread({
      sourceId: 'older',
      accounts: [{ user: 'user', password: 'pass', limit: 4 }],
      entries: names('Both', 'Other', 'Rolling', 'Nowhere'),
    }),
  )
  newer = starting.use(await startFakeProviderThread({ sourceId: 'newer', entries: names('Rolling') }))
  const older = `${provider.playlistUrl()}|4`
  const sources = `${older},${newer.playlistUrl()}|1`
  cluster = starting.use(
    await startCluster({
      sources,
      edges: 2,
      settings: { RETRY_DELAY: '200ms', MAX_FAILURES_BEFORE_BLOCK: '8' },
      edgeSettings: [{ USER_AGENT: 'first', SOURCES: older }, { USER_AGENT: 'second' }],
    }),
  )
  ids = await cluster.channelIds()
}, 240_000)

afterEach(async () => {
  leaveAll()
  provider.clearFaults()
  await eventually('nothing is held any more', async () => (await cluster.slotCount()) === 0)
}, 60_000)

afterAll(() => starting.disposeAsync(), 120_000)

/**
 * As a route or a ban tells nodes apart by their addresses, so does the provider by their
 * `User-Agent`.
 */
function deny(agent: string, how: 'reset' | number): void {
  provider.setFaults(how === 'reset' ? { refuseConnections: true } : { status: { code: how } }, { agent })
  provider.cut('destroy', { agent })
}

const streamRequestsOf = (agent: string): number =>
  provider.truth().requests.filter(({ kind, headers }) => kind === 'stream' && headers['user-agent'] === agent).length

const urlOn = (place: number, name: string): string => `${cluster.edges[place]!.url}/stream/${ids.get(name)}`

/** One viewer on each node; the first node leads. */
async function watchOnBoth(name: string) {
  const first = await watch(urlOn(0, name))
  await eventually('the first node plays', () => first.report().keyFrames >= 2)
  const second = await watch(urlOn(1, name))
  await eventually('the second node plays', () => second.report().keyFrames >= 2)
  return { first, second }
}

describe('a leader whose own route to the provider is broken', () => {
  test.each(['reset', 403, 429] as const)(
    '(%s): viewers on both nodes continue, by the other node',
    async (how) => {
      const { first, second } = await watchOnBoth('Both')
      const before = streamRequestsOf('second')
      const played = [first, second].map((viewer) => viewer.report().keyFrames)
      deny('first', how)
      await eventually('both go on', () =>
        [first, second].every((viewer, index) => viewer.report().keyFrames >= played[index]! + 4),
      )
      expect(streamRequestsOf('second')).toBe(before + 1)
      expect([first.ended(), second.ended()]).toEqual([undefined, undefined])
      expect([...first.report().problems, ...second.report().problems]).toEqual([])
      expect(provider.truth().violations).toEqual([])
    },
    90_000,
  )

  test('passes the channel to a node where only a request waits for it, which gets new media', async () => {
    const first = await watch(urlOn(0, 'Both'))
    await eventually('the first node plays', () => first.report().keyFrames >= 2)
    const played = first.report().keyFrames
    deny('first', 'reset')
    const second = await watch(urlOn(1, 'Both'))
    expect(second.status).toBe(200)
    await eventually('both play', () => first.report().keyFrames >= played + 2 && second.report().keyFrames >= 2)
    expect(first.ended()).toBeUndefined()
    expect([...first.report().problems, ...second.report().problems]).toEqual([])
  }, 90_000)

  test('blocks no stream for the node that can play it', async () => {
    deny('first', 'reset')
    for (let times = 0; times < 3; times += 1) {
      const answer = await fetch(urlOn(0, 'Other'))
      expect(answer.status).toBe(503)
    }
    const viewer = await watch(urlOn(1, 'Other'))
    expect(viewer.status).toBe(200)
    await eventually('it plays', () => viewer.report().keyFrames >= 2)
  }, 90_000)
})

test('a node with one more source keeps playing when the leader has nothing left', async () => {
  const { first, second } = await watchOnBoth('Rolling')
  const played = [first, second].map((viewer) => viewer.report().keyFrames)
  provider.setFaults({ status: { code: 404 } }, { streamId: '3' })
  provider.cut('destroy', { streamId: '3' })
  await eventually('both go on', () =>
    [first, second].every((viewer, index) => viewer.report().keyFrames >= played[index]! + 4),
  )
  expect(newer.truth().openStreams).toBe(1)
  expect([first.ended(), second.ended()]).toEqual([undefined, undefined])
}, 90_000)

test('if no node can play, each one tries, and then every response ends', async () => {
  const { first, second } = await watchOnBoth('Nowhere')
  const before = streamRequestsOf('second')
  deny('second', 'reset')
  deny('first', 'reset')
  await eventually('both have ended', () => first.ended() !== undefined && second.ended() !== undefined, {
    deadlineMs: 60_000,
  })
  expect(streamRequestsOf('second') - before).toBeGreaterThanOrEqual(1)
  expect([first.ended(), second.ended()]).toEqual(['end', 'end'])
}, 120_000)
