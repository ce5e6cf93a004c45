import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createKeys } from '@kptv/redis'
import { createMemoryRelayHub } from '@kptv/relay/test-support'
import { createManualClock, createTransportStreamMaker, type ManualClock } from '@kptv/testkit'
import { createCollectedOutput } from '../../test-support/collected-output.ts'
import { createSharedChannel } from '../../test-support/session-parts.ts'
import type { ClaimOutcome } from './channel-election.ts'
import type { LedMedia, SharedChannel } from './shared-channel.ts'

type LeadRecord = Extract<ClaimOutcome, { readonly outcome: 'led' }>['by']

const HAND_OVER_MS = 3_000
const WITHOUT_MEDIA: LedMedia = { isFlowing: false, backlog: () => [] }

let clock: ManualClock
let open: SharedChannel[] = []

/** The result of work that passes messages over the relay, which takes no time. */
async function soon<T>(work: Promise<T>): Promise<T> {
  const [result] = await Promise.all([work, clock.advance(0)])
  return result
}

beforeEach(() => {
  clock = createManualClock(1_000)
})

afterEach(async () => {
  for (const channel of open) {
    await soon(channel.stepDown(undefined))
    channel.dispose()
  }
  open = []
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
    checks: 0,
    /** In Redis. */
    onNamed: async (to: string): Promise<boolean> => cluster.offers.push(to) > 0,
    /** While the offer is sent to the successor. */
    onSent: async (): Promise<unknown> => undefined,
    /** While followers hear it. */
    onLastWord: async (): Promise<unknown> => undefined,
  }
  const hub = createMemoryRelayHub({ clock })
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
        cluster.checks += 1
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
        const send = publisher.offer.bind(publisher)
        publisher.offer = async (to) => {
          await send(to)
          await cluster.onSent()
        }
        const end = publisher.end.bind(publisher)
        publisher.end = async (reason) => {
          await end(reason)
          await cluster.onLastWord()
        }
        return publisher
      },
    },
    clock,
  })
  const reported: string[] = []
  shared.attach({
    silent: () => undefined,
    ended: (reason) => void reported.push(reason),
    leadershipLost: () => undefined,
    flowing: () => undefined,
    invited: () => undefined,
    declined: () => void reported.push('declined'),
  })
  open.push(shared)
  return { shared, cluster, reported, hub }
}

describe('a node that drains', () => {
  test('lets other nodes with viewers claim first for a while', async () => {
    const { shared, cluster } = channel({ others: ['other'] })
    shared.leave()
    expect(await shared.elect()).toBe('cold')
    cluster.lead = { incarnation: 'dead', term: 3 } as LeadRecord
    await clock.advance(HAND_OVER_MS - 1)
    expect(await shared.elect()).toBe('led-by-another')
    expect(cluster.claims).toBe(0)
    await clock.advance(1)
    expect(await shared.elect()).toBe('elected')
  })

  test('lets them claim first again after another leader has left', async () => {
    const { shared, cluster } = channel({ others: ['other'] })
    shared.leave()
    await shared.elect()
    await clock.advance(HAND_OVER_MS)
    cluster.claim = { outcome: 'led', by: { term: 8 } as LeadRecord }
    expect(await shared.elect()).toBe('led-by-another')
    expect(cluster.claims).toBe(1)
    await shared.elect()
    expect(cluster.claims).toBe(1)
  })

  test('lets them claim first again after the leader they elected has played and left', async () => {
    const { shared, cluster, hub } = channel({ others: ['other'] })
    shared.leave()
    cluster.lead = { incarnation: 'other', term: 8 } as LeadRecord
    expect(await shared.elect()).toBe('led-by-another')
    const { output, seen } = createCollectedOutput()
    shared.follow(output)
    const publisher = hub.relay({ keys: createKeys(), incarnation: 'other' }).publisher('channel', 8)
    await clock.advance(0)
    const state = createCollectedOutput().output.place
    publisher.append({ packets: createTransportStreamMaker().next(1_000), joinPoints: [0], state })
    await clock.advance(1_000)
    expect(seen.bytes).toBeGreaterThan(0)
    await soon(publisher.close())
    await clock.advance(HAND_OVER_MS)
    expect(await shared.elect()).toBe('led-by-another')
    expect(cluster.claims).toBe(0)
  })

  test.each<[string, object]>([
    ['no other node has viewers', {}],
    ['all others drain too', { others: ['one', 'two'], draining: ['one', 'two'] }],
  ])('leads at once when %s', async (_, given) => {
    const { shared } = channel(given)
    shared.leave()
    expect(await shared.elect()).toBe('elected')
  })

  test('has resigned by the time its final message is heard, so a node that hears it claims at once', async () => {
    const { shared, cluster } = channel()
    await shared.elect()
    shared.lead(WITHOUT_MEDIA)
    const heard: boolean[] = []
    cluster.onLastWord = async () => heard.push(cluster.isResigned)
    shared.yield()
    await soon(shared.stepDown(undefined))
    expect(heard).toEqual([true])
  })

  test('claims like any other before that message', async () => {
    expect(await channel({ others: ['other'] }).shared.elect()).toBe('elected')
  })
})

test('a node that has tried every stream claims again only after media that is new to it', async () => {
  const { shared, hub } = channel({ others: ['other'] })
  await shared.elect()
  const { output } = createCollectedOutput()
  output.startInput({ streamId: 'stream', offsetTicks: 0 })
  output.push(createTransportStreamMaker().next(1_000))
  const past = { packets: createTransportStreamMaker().next(1_000), joinPoints: [0], state: output.place }
  await soon(shared.consult())
  await soon(shared.stepDown('streams-failing'))
  shared.follow(output)
  // Its successor, which finds no stream either, sends what both have.
  const publisher = hub.relay({ keys: createKeys(), incarnation: 'other' }).publisher('channel', 8)
  await clock.advance(0)
  publisher.append(past)
  await clock.advance(100)
  await soon(publisher.end('streams-failing,other'))
  await clock.advance(100)
  expect(await shared.elect()).toBe('spent')
})

describe('a claim made before the resignation of a leader whose final message was heard', () => {
  test.each<[string, number, string, number]>([
    ['is repeated', 8, 'elected', 2],
    ['is not repeated when another node leads by then', 9, 'led-by-another', 1],
  ])('%s', async (_, leadingTerm, answer, claims) => {
    const { shared, cluster, reported, hub } = channel()
    shared.follow(createCollectedOutput().output)
    const publisher = hub.relay({ keys: createKeys(), incarnation: 'other' }).publisher('channel', 8)
    await soon(publisher.end('stopped'))
    expect(reported).toEqual(['stopped'])
    await soon(publisher.close())
    cluster.firstAnswers = [{ outcome: 'led', by: { term: leadingTerm } as LeadRecord }]
    const electing = shared.elect()
    await clock.advance(50)
    expect(await electing).toBe(answer)
    expect(cluster.claims).toBe(claims)
  })
})

describe('an offer', () => {
  const output = createCollectedOutput().output
  const spare = async () => true

  test('goes once to each node that is not draining, until none is left', async () => {
    const { shared, cluster } = channel({ others: ['one', 'two', 'three'], draining: ['one'] })
    await shared.elect()
    shared.lead(WITHOUT_MEDIA)
    expect(await soon(shared.offer(output, spare))).toBe('offered')
    expect(await soon(shared.offer(output, spare))).toBe('offered')
    expect(cluster.offers).toEqual(['two', 'three'])
    expect(await soon(shared.offer(output, spare))).toBe('no-successor')
    cluster.draining = []
    expect(await soon(shared.offer(output, spare))).toBe('offered')
  })

  test('cannot be made without a spare slot, but the search for a successor comes first', async () => {
    const { shared, cluster } = channel({ others: ['one'] })
    await shared.elect()
    shared.lead(WITHOUT_MEDIA)
    expect(await soon(shared.offer(output, async () => false))).toBe('offer-failed')
    expect(await soon(shared.offer(output, async () => false))).toBe('no-successor')
    expect(cluster.offers).toEqual([])
  })

  test('that failed because Redis is away is made later', async () => {
    const { shared, cluster } = channel({ others: ['one'] })
    await shared.elect()
    shared.lead(WITHOUT_MEDIA)
    const away = () => Promise.reject(new Error('Redis is away'))
    await expect(soon(shared.offer(output, away))).rejects.toThrow()
    const { onNamed } = cluster
    cluster.onNamed = away
    await expect(soon(shared.offer(output, spare))).rejects.toThrow()
    cluster.onNamed = onNamed
    expect(await soon(shared.offer(output, spare))).toBe('offered')
    expect(cluster.offers).toEqual(['one'])
  })

  test('that is declined is reported once', async () => {
    const { shared, cluster, reported } = channel({ others: ['one'] })
    await shared.elect()
    shared.lead(WITHOUT_MEDIA)
    await soon(shared.offer(output, spare))
    await clock.advance(600)
    expect(reported).toEqual([])
    cluster.isOffered = false
    await clock.advance(2_000)
    expect(reported).toEqual(['declined'])
  })

  test('is no longer checked once it has ended', async () => {
    const { shared, cluster, reported } = channel({ others: ['one'] })
    await shared.elect()
    shared.lead(WITHOUT_MEDIA)
    await soon(shared.offer(output, spare))
    cluster.isOffered = false
    await soon(shared.stepDown(undefined))
    await clock.advance(2_000)
    expect(reported).toEqual([])
  })

  test.each<[string, (shared: SharedChannel) => unknown]>([
    ['stepped down', (shared) => shared.stepDown(undefined)],
    ['ended', (shared) => shared.dispose()],
  ])('still being made when the channel has %s is never checked', async (_, end) => {
    for (const moment of ['while a successor is sought', 'while it is sent']) {
      const { shared, cluster } = channel({ others: ['one'] })
      await shared.elect()
      shared.lead(WITHOUT_MEDIA)
      const isEarly = moment === 'while a successor is sought'
      if (!isEarly) cluster.onSent = async () => end(shared)
      const offering = shared.offer(output, async () => {
        if (isEarly) await end(shared)
        return true
      })
      const answer = await soon(offering)
      await clock.advance(2_000)
      expect([moment, answer, cluster.checks]).toEqual([moment, 'offer-failed', 0])
    }
  })
})
