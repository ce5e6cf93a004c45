import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { eventually, type FakeProvider, type FakeProviderOptions, startFakeProviderThread } from '@kptv/testkit'
import { type Cluster, startCluster } from './support/start-cluster.ts'
import { leaveAll, watch } from './support/watch.ts'

const LIMIT = 3
const entries = Array.from({ length: 12 }, (_, index) => ({ streamId: `${index + 1}`, name: `Channel ${index + 1}` }))
const account = (policy?: NonNullable<FakeProviderOptions['accounts']>[number]['policy']) => [
  { user: 'user', password: 'pass', limit: LIMIT, ...(policy && { policy }) },
]

let provider: FakeProvider
let cluster: Cluster
let ids: string[]

beforeAll(async () => {
  provider = await startFakeProviderThread({ accounts: account(), entries })
  cluster = await startCluster({
    sources: `${provider.playlistUrl()}|${LIMIT}`,
    edges: 2,
    settings: { RETRY_DELAY: '100ms', MAX_FAILURES_BEFORE_BLOCK: '1000' },
  })
  ids = [...(await cluster.channelIds()).values()]
}, 240_000)

afterEach(async () => {
  leaveAll()
  provider.clearFaults()
  // Slots go when edges have hung up, which the provider may hear a moment later.
  await eventually('nothing is open', async () => {
    return provider.truth().openStreams === 0 && (await cluster.slotCount()) === 0
  })
  // What the nodes know of account and streams is of the last test.
  for (const pattern of ['kptv:0:{account:*', 'kptv:0:{stream:*']) {
    const keys = (await cluster.redis.command('KEYS', pattern)) as string[]
    if (keys.length > 0) await cluster.redis.command('DEL', ...keys)
  }
  provider.resetTruth()
}, 90_000)

afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]()
  await provider?.stop()
}, 90_000)

const urlOf = (index: number): string => `${cluster.edges[index % 2]!.url}/stream/${ids[index % ids.length]}`
const attempts = () => provider.truth().attempts

/** Players that come back at once, on both edges, as bad ones do. */
async function hammer(forMs: number): Promise<Set<string>> {
  const endsAt = performance.now() + forMs
  const codes = new Set<string>()
  const players = ids.map(async (_, index) => {
    while (performance.now() < endsAt) {
      const signal = AbortSignal.timeout(Math.max(1, Math.ceil(endsAt - performance.now())))
      const answer = fetch(urlOf(index), { signal }).then(
        (response) => response.json() as Promise<{ readonly error: string }>,
      )
      const answered = await answer.catch(() => undefined)
      if (answered === undefined) return
      codes.add(answered.error)
      await sleep(50)
    }
  })
  await Promise.all(players)
  return codes
}

describe('a provider that sends Retry-After', () => {
  // A refusal may concern the address of one node alone: each may meet it once.
  test('429 with Retry-After: a refused node waits, whatever channel is requested, then plays in the same request', async () => {
    provider.setFaults({ status: { code: 429, retryAfterSeconds: 8 } })
    const first = watch(urlOf(0))
    await eventually('the first one waits', async () =>
      (await cluster.status(cluster.edges[0])).channels.some(({ phase }) => phase === 'waiting'),
    )
    const askedAt = attempts()[0]!.atMs
    const second = watch(urlOf(1))
    await eventually('the second one waits', async () =>
      (await cluster.status(cluster.edges[1])).channels.some(({ phase }) => phase === 'waiting'),
    )
    provider.clearFaults()
    const viewers = await Promise.all([first, second])
    expect(viewers.map(({ status }) => status)).toEqual([200, 200])
    const later = attempts().filter(({ outcome }) => outcome === 'opened')
    expect([attempts().length, later.length]).toEqual([4, 2])
    for (const { atMs } of later) expect(atMs - askedAt).toBeGreaterThanOrEqual(7_900)
  }, 240_000)

  test('429 for a minute: viewers get 503 at once, and the provider gets no request', async () => {
    provider.setFaults({ status: { code: 429, retryAfterSeconds: 60 } })
    const first = await fetch(urlOf(0))
    expect([first.status, ((await first.json()) as { readonly error: string }).error]).toEqual([503, 'sources-resting'])
    // The other node meets the refusal by the requests that are under way at once.
    await hammer(1_000)
    const made = attempts().length
    expect(made).toBeLessThanOrEqual(1 + LIMIT)
    const codes = await hammer(2_000)
    expect([...codes]).toEqual(['sources-resting'])
    expect(attempts().length).toBe(made)
  }, 240_000)

  test('503 with Retry-After for one stream: that stream rests, the others play', async () => {
    provider.setFaults({ status: { code: 503, retryAfterSeconds: 30 } }, { streamId: '1' })
    const refused = await fetch(urlOf(0))
    expect([refused.status, ((await refused.json()) as { readonly error: string }).error]).toEqual([
      503,
      'streams-failing',
    ])
    expect(provider.truth().channels['1']?.attempts).toBe(1)
    const again = await fetch(urlOf(12))
    expect([again.status, ((await again.json()) as { readonly error: string }).error]).toEqual([503, 'streams-blocked'])
    expect(provider.truth().channels['1']?.attempts).toBe(1)
    expect((await watch(urlOf(1))).status).toBe(200)
  }, 240_000)
})

describe('a provider that refuses everything', () => {
  test.each([403, 458, 500])(
    'with %d: twenty attempts a minute, however many viewers request it',
    async (code) => {
      provider.setFaults({ status: { code } })
      const codes = await hammer(4_000)
      expect(attempts().length).toBeGreaterThan(0)
      expect(attempts().length).toBeLessThanOrEqual(20)
      for (const error of codes) expect(['streams-failing', 'sources-full', 'sources-resting']).toContain(error)
    },
    240_000,
  )
})
