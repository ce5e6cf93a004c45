import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { eventually, type FakeProvider, shortOrLong, startFakeProviderThread, type Viewer } from '@kptv/testkit'
import { type Cluster, startCluster } from './support/start-cluster.ts'
import { leaveAll, watch } from './support/watch.ts'

const ZAPS = shortOrLong(4, 50)
/** The player opens the next channel before it closes the last one. */
const OVERLAP_MS = 2_000
/** The provider counts a connection for so long after its end. */
const LATE_SECONDS = 3
const CHANNELS = 10

let provider: FakeProvider
let cluster: Cluster
let ids: string[]

beforeAll(async () => {
  provider = await startFakeProviderThread({
    accounts: [{ user: 'user', password: 'pass', limit: 1, policy: { kind: 'count-lag', seconds: LATE_SECONDS } }],
    entries: Array.from({ length: CHANNELS }, (_, index) => ({
      streamId: `${index + 1}`,
      name: `Channel ${index + 1}`,
    })),
  })
  // Somebody who keeps a connection for longer than anybody waits, so that only giving it up at
  // once helps.
  const settings = { INACTIVE_TIMEOUT: '60s' }
  cluster = await startCluster({ sources: `${provider.playlistUrl()}|1`, edges: 2, settings })
  ids = [...(await cluster.channelIds()).values()]
}, 240_000)

afterEach(() => {
  leaveAll()
})

afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]()
  await provider?.stop()
}, 90_000)

/** How long all nodes know that the provider counts a connection after its end; 0 at first. */
async function knownLatenessMs(): Promise<number> {
  const [pace] = await paces()
  return pace === undefined ? 0 : Number(await cluster.redis.command('HGET', pace, 'coolDownMs'))
}

/** Keys of what all nodes know about the accounts. */
async function paces(): Promise<string[]> {
  return (await cluster.redis.command('KEYS', 'kptv:0:{account:*}:pace')) as string[]
}

/**
 * Attempts come 0, 1, 2 and 4 s after the end of a connection, at the soonest, until one plays; the
 * provider stops counting after 3 s. Once that is known, it may still hear of an end a moment late.
 */
const MAX_REFUSALS = { learning: 3, known: 1 }

/** As a balancer spreads the player's requests: any edge, any time. */
const urlOf = (zap: number): string => `${cluster.edges[zap % 2]!.url}/stream/${ids[zap % CHANNELS]}`

test(
  `zapping with one connection, ${ZAPS} times from edge to edge: no request is refused, whatever overlaps and is freed late`,
  async () => {
    let last: Viewer | undefined
    const waitsMs: number[] = []
    const refusals: number[] = []
    for (let zap = 0; zap < ZAPS; zap += 1) {
      const startedAt = performance.now()
      const before = provider.truth().lagRefusals
      const isKnown = (await knownLatenessMs()) > 0
      const opening = watch(urlOf(zap))
      const leaving = last
      setTimeout(() => leaving?.close(), OVERLAP_MS)
      const viewer = await opening
      waitsMs.push(Math.round(performance.now() - startedAt))
      refusals.push(provider.truth().lagRefusals - before)
      expect([zap, viewer.status]).toEqual([zap, 200])
      expect(refusals.at(-1)).toBeLessThanOrEqual(MAX_REFUSALS[isKnown ? 'known' : 'learning'])
      await eventually('the channel plays', () => viewer.report().keyFrames >= 1)
      last = viewer
    }
    process.stderr.write(`waits for the first byte: ${waitsMs.join(' ')} ms; refusals: ${refusals.join(' ')}\n`)
    expect(await knownLatenessMs()).toBeGreaterThanOrEqual(LATE_SECONDS * 1_000)
    expect(provider.truth().violations).toEqual([])
    expect(last?.report().problems).toEqual([])
  },
  ZAPS * 15_000 + 30_000,
)

test('the longest-waiting request is served first, on any edge', async () => {
  // Two connections that are counted late take longer than anybody waits.
  provider.setAccounts([{ user: 'user', password: 'pass', limit: 1 }])
  for (const pace of await paces()) await cluster.redis.command('DEL', pace)
  const order: number[] = []
  const waiting: Promise<Viewer>[] = []
  const first = await watch(urlOf(0))
  await eventually('the channel plays', () => first.report().keyFrames >= 1)
  for (const place of [1, 2]) {
    waiting.push(watch(urlOf(place)).finally(() => order.push(place)))
    const key = '*:waiters'
    await eventually('it queues', async () => {
      const [name] = (await cluster.redis.command('KEYS', key)) as string[]
      return name !== undefined && Number(await cluster.redis.command('ZCARD', name)) === place
    })
  }
  first.close()
  const second = await waiting[0]!
  expect(second.status).toBe(200)
  second.close()
  expect((await waiting[1]!).status).toBe(200)
  expect(order).toEqual([1, 2])
  expect(provider.truth().violations).toEqual([])
}, 240_000)

test('a viewer that leaves while it waits costs no slot', async () => {
  const first = await watch(urlOf(0))
  await eventually('the channel plays', () => first.report().keyFrames >= 1)
  const left = new AbortController()
  const gone = fetch(urlOf(1), { signal: left.signal }).catch(() => 'gone')
  await eventually('it waits', async () => {
    const { channels } = await cluster.status(cluster.edges[1])
    return channels.some(({ phase }) => phase === 'waiting')
  })
  const before = provider.truth().attempts.length
  left.abort()
  expect(await gone).toBe('gone')
  await eventually('nobody waits', async () => (await cluster.status(cluster.edges[1])).channels.length === 0)
  expect(provider.truth().attempts.length).toBe(before)
  expect(first.ended()).toBeUndefined()
}, 240_000)
