import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import type { ClaimOutcome } from '@kptv/coordination'
import { createKeys } from '@kptv/redis'
import { createMemoryRelayHub } from '@kptv/relay/test-support'
import { createTransportStreamMaker, eventually } from '@kptv/testkit'
import { createCollectedOutput } from '../../test-support/collected-output.ts'
import { createSharedChannel } from '../../test-support/session-parts.ts'
import type { SharedChannel } from './shared-channel.ts'

type LeadRecord = Extract<ClaimOutcome, { outcome: 'led' }>['by']

const HAND_OVER_MS = 3_000

let nowMs = 0
let open: SharedChannel[] = []

beforeEach(() => {
  nowMs = 1_000
  // The relay needs its own.
  jest.useFakeTimers({
    doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate', 'setTimeout', 'clearTimeout', 'performance'],
  })
})

afterEach(async () => {
  for (const channel of open) {
    await channel.stepDown(undefined)
    channel.dispose()
  }
  open = []
  jest.useRealTimers()
})

/** A channel as seen by node `me`; `others` have viewers of it, and those that drain are named. */
function channel({ others = [] as string[], draining = [] as string[] } = {}) {
  const cluster = {
    others,
    draining,
    /** Of the first claims; `claim` of all others. */
    firstAnswers: [] as ClaimOutcome[],
    claim: { outcome: 'leading', term: 7 } as ClaimOutcome,
    lead: undefined as LeadRecord | undefined,
    claims: 0,
    isResigned: false,
    offers: [] as string[],
    isOffered: true,
    looks: 0,
    /** In Redis. */
    onNamed: async (to: string): Promise<boolean> => cluster.offers.push(to) > 0,
    /** While the successor is told. */
    onTold: async (): Promise<unknown> => undefined,
    /** While the followers hear it. */
    onLastWord: async (): Promise<unknown> => undefined,
  }
  const hub = createMemoryRelayHub()
  const relay = hub.relay({ keys: createKeys(), incarnation: 'me' })
  const shared = createSharedChannel({
    leadership: {
      claim: async () => {
        cluster.claims += 1
        return cluster.firstAnswers.shift() ?? cluster.claim
      },
      read: async () => cluster.lead,
      resign: async () => {
        cluster.isResigned = true
        return 'resigned'
      },
      handOver: async (_channelId, to) => cluster.onNamed(to),
      isOffered: async () => {
        cluster.looks += 1
        return cluster.isOffered
      },
    },
    presence: { set: () => undefined, others: async () => cluster.others },
    incarnation: () => 'me',
    mayLead: async (other) => !cluster.draining.includes(other),
    relay: {
      follow: relay.follow,
      publisher: (...parameters) => {
        const publisher = relay.publisher(...parameters)
        const tell = publisher.offer.bind(publisher)
        publisher.offer = async (to) => {
          await tell(to)
          await cluster.onTold()
        }
        const end = publisher.end.bind(publisher)
        publisher.end = async (reason) => {
          await end(reason)
          await cluster.onLastWord()
        }
        return publisher
      },
    },
    now: () => nowMs,
  })
  const told: string[] = []
  shared.attach({
    silent: () => undefined,
    ended: (reason) => void told.push(reason),
    leadershipLost: () => undefined,
    invited: () => undefined,
    declined: () => void told.push('declined'),
  })
  open.push(shared)
  return { shared, cluster, told, hub }
}

describe('a node that drains', () => {
  test('lets others with viewers be elected first, for a while', async () => {
    const { shared, cluster } = channel({ others: ['other'] })
    shared.leave()
    expect(await shared.elect()).toBe('cold')
    cluster.lead = { incarnation: 'dead', term: 3 } as LeadRecord
    nowMs += HAND_OVER_MS - 1
    expect(await shared.elect()).toBe('led-by-another')
    expect(cluster.claims).toBe(0)
    nowMs += 1
    expect(await shared.elect()).toBe('elected')
  })

  test('lets them go first anew when another leader has gone', async () => {
    const { shared, cluster } = channel({ others: ['other'] })
    shared.leave()
    await shared.elect()
    nowMs += HAND_OVER_MS
    cluster.claim = { outcome: 'led', by: { term: 8 } as LeadRecord }
    expect(await shared.elect()).toBe('led-by-another')
    expect(cluster.claims).toBe(1)
    await shared.elect()
    expect(cluster.claims).toBe(1)
  })

  test('lets them go first anew when the leader that they elected has played, and has gone', async () => {
    const { shared, cluster, hub } = channel({ others: ['other'] })
    shared.leave()
    cluster.lead = { incarnation: 'other', term: 8 } as LeadRecord
    expect(await shared.elect()).toBe('led-by-another')
    const { output, seen } = createCollectedOutput()
    shared.follow(output)
    const publisher = hub.relay({ keys: createKeys(), incarnation: 'other' }).publisher('channel', 8)
    const maker = createTransportStreamMaker()
    const play = () => {
      publisher.append({ packets: maker.next(1_000), joinPoints: [0], state: {} })
      return seen.bytes > 0
    }
    await eventually('its media has come', play).finally(() => publisher.close())
    nowMs += HAND_OVER_MS
    expect(await shared.elect()).toBe('led-by-another')
    expect(cluster.claims).toBe(0)
  })

  test.each<[string, object]>([
    ['nobody else watches', {}],
    ['all who do drain too', { others: ['one', 'two'], draining: ['one', 'two'] }],
  ])('leads at once where %s', async (_, given) => {
    const { shared } = channel(given)
    shared.leave()
    expect(await shared.elect()).toBe('elected')
  })

  test('leads no more when its last word is heard: who hears it claims at once', async () => {
    const { shared, cluster } = channel()
    await shared.elect()
    shared.lead(() => [])
    const heard: boolean[] = []
    cluster.onLastWord = async () => heard.push(cluster.isResigned)
    shared.yield()
    await shared.stepDown(undefined)
    expect(heard).toEqual([true])
  })

  test('claims like any other before it does', async () => {
    expect(await channel({ others: ['other'] }).shared.elect()).toBe('elected')
  })
})

describe('a claim that came before the resignation of a leader whose last word was heard', () => {
  test.each<[string, number, string, number]>([
    ['is made once more', 8, 'elected', 2],
    ['is not, when somebody else leads meanwhile', 9, 'led-by-another', 1],
  ])('%s', async (_, leadingTerm, answer, claims) => {
    const { shared, cluster, told, hub } = channel()
    shared.follow(createCollectedOutput().output)
    const publisher = hub.relay({ keys: createKeys(), incarnation: 'other' }).publisher('channel', 8)
    await eventually('it is followed', () => publisher.followers > 0)
    await publisher.end('stopped')
    await eventually('its last word is heard', () => told.includes('stopped')).finally(() => publisher.close())
    cluster.firstAnswers = [{ outcome: 'led', by: { term: leadingTerm } as LeadRecord }]
    expect(await shared.elect()).toBe(answer)
    expect(cluster.claims).toBe(claims)
  })
})

describe('an offer', () => {
  const output = createCollectedOutput().output
  const spare = async () => true

  test('goes to a node that does not drain, to each one once, until there is none', async () => {
    const { shared, cluster } = channel({ others: ['one', 'two', 'three'], draining: ['one'] })
    await shared.elect()
    shared.lead(() => [])
    expect(await shared.offer(output, spare)).toBe('offered')
    expect(await shared.offer(output, spare)).toBe('offered')
    expect(cluster.offers).toEqual(['two', 'three'])
    expect(await shared.offer(output, spare)).toBe('no-successor')
    cluster.draining = []
    expect(await shared.offer(output, spare)).toBe('offered')
  })

  test('without a spare slot cannot be made; whether there is an successor comes first', async () => {
    const { shared, cluster } = channel({ others: ['one'] })
    await shared.elect()
    shared.lead(() => [])
    expect(await shared.offer(output, async () => false)).toBe('offer-failed')
    expect(await shared.offer(output, async () => false)).toBe('no-successor')
    expect(cluster.offers).toEqual([])
  })

  test('that could not be made because Redis is away is made later', async () => {
    const { shared, cluster } = channel({ others: ['one'] })
    await shared.elect()
    shared.lead(() => [])
    const away = () => Promise.reject(new Error('Redis is away'))
    await expect(shared.offer(output, away)).rejects.toThrow()
    const { onNamed } = cluster
    cluster.onNamed = away
    await expect(shared.offer(output, spare)).rejects.toThrow()
    cluster.onNamed = onNamed
    expect(await shared.offer(output, spare)).toBe('offered')
    expect(cluster.offers).toEqual(['one'])
  })

  test('that is declined is told once', async () => {
    const { shared, cluster, told } = channel({ others: ['one'] })
    await shared.elect()
    shared.lead(() => [])
    await shared.offer(output, spare)
    await jest.advanceTimersByTimeAsync(600)
    expect(told).toEqual([])
    cluster.isOffered = false
    await jest.advanceTimersByTimeAsync(2_000)
    expect(told).toEqual(['declined'])
  })

  test('is not looked at any more once it is over', async () => {
    const { shared, cluster, told } = channel({ others: ['one'] })
    await shared.elect()
    shared.lead(() => [])
    await shared.offer(output, spare)
    cluster.isOffered = false
    await shared.stepDown(undefined)
    await jest.advanceTimersByTimeAsync(2_000)
    expect(told).toEqual([])
  })

  test.each<[string, (shared: SharedChannel) => unknown]>([
    ['stepped down', (shared) => shared.stepDown(undefined)],
    ['ended', (shared) => shared.dispose()],
  ])('that is still being made when the channel has %s is never looked at', async (_, end) => {
    for (const moment of ['while an successor is looked for', 'while it is told']) {
      const { shared, cluster } = channel({ others: ['one'] })
      await shared.elect()
      shared.lead(() => [])
      const isEarly = moment === 'while an successor is looked for'
      if (!isEarly) cluster.onTold = async () => end(shared)
      const answer = await shared.offer(output, async () => {
        if (isEarly) await end(shared)
        return true
      })
      await jest.advanceTimersByTimeAsync(2_000)
      expect([moment, answer, cluster.looks]).toEqual([moment, 'offer-failed', 0])
    }
  })
})
