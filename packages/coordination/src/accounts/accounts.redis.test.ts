import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { startFixture } from '../../test-support/redis-fixture.ts'
import { createAccounts } from './accounts.ts'

// Starts servers: the time limit is only there to end a hang.
jest.setTimeout(120_000)

let fixture: Awaited<ReturnType<typeof startFixture>>
let accounts: ReturnType<typeof createAccounts>
beforeAll(async () => {
  fixture = await startFixture()
  accounts = createOn('edge-1', () => true)
})
afterAll(() => fixture[Symbol.asyncDispose]())

const createOn = (nodeId: string, isAlone = () => false) =>
  createAccounts({ redis: fixture.redis, keys: fixture.keys, nodeId, isAlone })

let number = 0
const newAccount = (limit = 1) => ({ accountId: `account-${++number}`, limit })
const viewerless = (name: string) => ({ name, hasViewers: false })
const watched = (name: string) => ({ name, hasViewers: true })
const soon = Date.now() + 3_600_000
const hold = ({ accountId }: { readonly accountId: string }, slotId: string) =>
  fixture.redis.zadd(fixture.keys.accountSlots(accountId), String(soon), slotId)
const free = ({ accountId }: { readonly accountId: string }, slotId: string) =>
  fixture.redis.zrem(fixture.keys.accountSlots(accountId), slotId)
/** An attempt with a slot that is given back at once: these tests are not about slots. */
async function begin(account: ReturnType<typeof newAccount>, slotId: string, hasViewers = false) {
  await hold(account, slotId)
  const answer = await accounts.beginAttempt(account, slotId, { hasViewers })
  await free(account, slotId)
  return answer
}
/** The queue orders by milliseconds. */
const aMoment = () => sleep(3)
/** As if this much time had passed. */
async function age({ accountId }: { readonly accountId: string }, ms: number): Promise<void> {
  const pace = fixture.keys.accountPace(accountId)
  for (const [field, value] of Object.entries(await fixture.redis.hgetall(pace))) {
    if (/Until|closedAt/.test(field)) await fixture.redis.hset(pace, field, String(Number(value) - ms))
  }
  const attempts = fixture.keys.accountAttempts(accountId)
  for (const id of await fixture.redis.zrange(attempts, '0', '-1'))
    await fixture.redis.zincrby(attempts, String(-ms), id)
}

describe('the queue for the slots of an account', () => {
  test('gives a turn to as many sessions as there are free slots, the oldest first', async () => {
    const account = newAccount(2)
    await hold(account, 'one')
    expect(await accounts.queue(account, viewerless('first'))).toEqual({ may: true })
    await aMoment()
    expect(await accounts.queue(account, viewerless('second'))).toEqual({ may: false, because: 'queue', waitMs: 0 })
    expect(await accounts.mayRequest(account, viewerless('stranger'))).toMatchObject({ because: 'queue' })
    await free(account, 'one')
    expect(await accounts.queue(account, viewerless('second'))).toEqual({ may: true })
    expect(await accounts.mayRequest(account, viewerless('stranger'))).toMatchObject({ because: 'queue' })
    await accounts.leaveQueue(account.accountId, 'first')
    expect(await accounts.mayRequest(account, viewerless('stranger'))).toEqual({ may: true })
  })

  test('always gives the first session a turn: the slots may have lost their holders', async () => {
    const account = newAccount()
    await hold(account, 'one')
    expect(await accounts.mayRequest(account, viewerless('any'))).toEqual({ may: true })
  })

  test('sessions with viewers come before all sessions without', async () => {
    const account = newAccount()
    await accounts.queue(account, viewerless('old'))
    await aMoment()
    expect(await accounts.queue(account, watched('new'))).toEqual({ may: true })
    expect(await accounts.queue(account, viewerless('old'))).toMatchObject({ because: 'queue' })
  })

  test('a place that is not renewed lapses; a renewed one keeps its age', async () => {
    const account = newAccount()
    await accounts.queue(account, viewerless('dead'))
    await aMoment()
    await accounts.queue(account, viewerless('alive'))
    const waiters = fixture.keys.accountWaiters(account.accountId)
    const [dead] = (await fixture.redis.zrange(waiters, '0', '-1')).filter((ticket) => ticket.endsWith('dead'))
    await fixture.redis.zadd(waiters, '1', dead!)
    expect(await accounts.queue(account, viewerless('alive'))).toEqual({ may: true })
    expect(await fixture.redis.zcard(waiters)).toBe(1)
    expect(await fixture.redis.pttl(waiters)).toBeGreaterThan(0)
  })
})

describe('attempts without media', () => {
  test('are limited to twenty a minute', async () => {
    const account = newAccount()
    for (let attempt = 0; attempt < 20; attempt += 1) {
      expect(await begin(account, `slot-${attempt}`)).toMatchObject({ outcome: 'begun' })
    }
    const refused = await begin(account, 'one more')
    expect(refused).toMatchObject({ outcome: 'too-late', because: 'budget' })
    expect(await accounts.mayRequest(account, viewerless('any'))).toMatchObject({ may: false, because: 'budget' })
    await age(account, 30_000)
    expect(await begin(account, 'one more')).toMatchObject({ outcome: 'too-late', because: 'budget' })
    await age(account, 31_000)
    expect(await begin(account, 'one more')).toMatchObject({ outcome: 'begun' })
  })

  test('may be as many as the account has connections, if that is more', async () => {
    const account = newAccount(30)
    for (let attempt = 0; attempt < 30; attempt += 1) await begin(account, `slot-${attempt}`)
    expect(await begin(account, 'one more')).toMatchObject({ outcome: 'too-late', because: 'budget' })
  })

  test.each([1, 30])('of sessions without viewers never hold up sessions with viewers (limit %d)', async (limit) => {
    const account = newAccount(limit)
    const budget = Math.max(20, limit)
    for (let attempt = 0; attempt < budget + 5; attempt += 1) await begin(account, `dead-${attempt}`)
    expect(await accounts.mayRequest(account, viewerless('new'))).toMatchObject({ because: 'budget' })
    expect(await accounts.mayRequest(account, watched('old'))).toEqual({ may: true })
    for (let attempt = 0; attempt < budget; attempt += 1) {
      expect(await begin(account, `again-${attempt}`, true)).toMatchObject({ outcome: 'begun' })
    }
    // They have a budget too: no provider is contacted endlessly.
    expect(await accounts.mayRequest(account, watched('old'))).toMatchObject({ because: 'budget' })
  })

  test('do not start without a granted slot', async () => {
    const account = newAccount()
    expect(await accounts.beginAttempt(account, 'not ours')).toEqual({ outcome: 'no-slot' })
    expect(await fixture.redis.exists(fixture.keys.accountAttempts(account.accountId))).toBe(0)
  })

  test('do not count when harmless', async () => {
    const account = newAccount()
    for (let attempt = 0; attempt < 50; attempt += 1) {
      expect(await begin(account, `slot-${attempt}`)).toMatchObject({ outcome: 'begun' })
      await accounts.endAttempt(account.accountId, `slot-${attempt}`, { isCounted: true, isHarmless: true })
    }
  })
})

describe('an account that is refused', () => {
  test('rests for 1 s, doubled with each consecutive refusal up to a minute; refusals during a rest do not count', async () => {
    const account = newAccount()
    const refuse = () => accounts.noteRefusal(account.accountId, { streamId: 's' })
    for (const restMs of [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]) {
      expect(await refuse()).toBe(restMs)
      // Still resting, however slow the machine is.
      await age(account, -30_000)
      expect(await refuse()).toBe(restMs)
      expect(await accounts.mayRequest(account, watched('any'))).toMatchObject({ may: false, because: 'rest' })
      await age(account, 91_000)
      expect(await accounts.mayRequest(account, watched('any'))).toEqual({ may: true })
    }
    await accounts.noteSuccess(account.accountId, { streamId: 'other' })
    expect(await refuse()).toBe(1_000)
  })

  test('rests at most five seconds for sessions with viewers, unless the provider demands more', async () => {
    const account = newAccount()
    for (let refusal = 0; refusal < 6; refusal += 1) {
      await age(account, 61_000)
      await accounts.noteRefusal(account.accountId, { streamId: 's' })
    }
    await age(account, 5_001)
    expect(await accounts.mayRequest(account, watched('any'))).toEqual({ may: true })
    expect(await accounts.mayRequest(account, viewerless('any'))).toMatchObject({ because: 'rest' })
    expect(await begin(account, 'watched', true)).toMatchObject({ outcome: 'begun' })
    expect(await begin(account, 'new')).toMatchObject({ outcome: 'too-late', because: 'rest' })
    await accounts.noteRefusal(account.accountId, { streamId: 's', retryAfterMs: 60_000 })
    await age(account, 50_000)
    expect(await accounts.mayRequest(account, watched('any'))).toMatchObject({ because: 'rest' })
  })

  test('rests only for the refused machine if there are several: its address may be the reason', async () => {
    const account = newAccount()
    const [banned, other] = [createOn('edge-1'), createOn('edge-2')]
    await banned.noteRefusal(account.accountId, { streamId: 's' })
    await banned.noteRefusal(account.accountId, { streamId: 's', retryAfterMs: 30_000 })
    expect(await banned.mayRequest(account, watched('any'))).toMatchObject({ because: 'rest' })
    expect(await createOn('edge-1#2').mayRequest(account, watched('any'))).toMatchObject({ because: 'rest' })
    expect(await other.mayRequest(account, watched('any'))).toEqual({ may: true })
    expect(await other.mayRequest(account, viewerless('any'))).toEqual({ may: true })
    await hold(account, 'slot')
    expect(await banned.beginAttempt(account, 'slot')).toMatchObject({ outcome: 'too-late', because: 'rest' })
    expect(await other.beginAttempt(account, 'slot')).toMatchObject({ outcome: 'begun' })
  })

  test('rests for every machine once a second one is refused', async () => {
    const account = newAccount()
    const [one, other, third] = ['edge-1', 'edge-2', 'edge-3'].map((nodeId) => createOn(nodeId))
    await one!.noteRefusal(account.accountId, { streamId: 's' })
    await other!.noteRefusal(account.accountId, { streamId: 's' })
    expect(await third!.mayRequest(account, viewerless('any'))).toMatchObject({ because: 'rest' })
  })

  test('refuses attempts of sessions whose turn came before its rest, except one that replaces a dead leader', async () => {
    const account = newAccount(2)
    const turns = [viewerless('first'), viewerless('second')].map((who) => accounts.mayRequest(account, who))
    expect(await Promise.all(turns)).toEqual([{ may: true }, { may: true }])
    await accounts.noteRefusal(account.accountId, { streamId: 's', retryAfterMs: 60_000 })
    for (const hasViewers of [false, true]) {
      expect(await begin(account, 'late', hasViewers)).toMatchObject({ outcome: 'too-late', because: 'rest' })
    }
    expect(await fixture.redis.exists(fixture.keys.accountAttempts(account.accountId))).toBe(0)
    await hold(account, 'inherited')
    const inherited = { hasViewers: true, isInherited: true }
    expect(await accounts.beginAttempt(account, 'inherited', inherited)).toMatchObject({ outcome: 'begun' })
  })

  test.each([
    [0, 1_000],
    [30_000, 30_000],
    [120_000, 120_000],
    [86_400_000, 600_000],
  ])('with a Retry-After of %d ms rests for %d ms', async (retryAfterMs, restMs) => {
    const account = newAccount()
    expect(await accounts.noteRefusal(account.accountId, { streamId: 's', retryAfterMs })).toBe(restMs)
    const turn = await accounts.mayRequest(account, viewerless('any'))
    if (turn.may) throw new Error('a turn is given')
    expect(turn.waitMs).toBeGreaterThan(restMs - 5_000)
    expect(turn.waitMs).toBeLessThanOrEqual(restMs)
  })
})

describe('a provider that still counts a connection after its end', () => {
  /** An attempt this long after the end of the last connection. */
  const attempt = async (account: ReturnType<typeof newAccount>, streamId: string, outcome: 'refused' | 'plays') => {
    const slotId = `slot-${++number}`
    const begun = await begin(account, slotId)
    if (begun.outcome !== 'begun') throw new Error(begun.outcome)
    const facts = { streamId, sinceCloseMs: begun.sinceCloseMs! }
    if (outcome === 'refused') return accounts.noteRefusal(account.accountId, facts)
    return accounts.noteSuccess(account.accountId, facts)
  }
  const closed = async (account: ReturnType<typeof newAccount>) => {
    await accounts.endAttempt(account.accountId, 'first', { isCounted: true, isHarmless: true })
    expect(await begin(account, 'probe')).toMatchObject({ outcome: 'begun' })
    return account
  }

  test('is contacted again after twice the time, and this is remembered for an hour', async () => {
    const account = await closed(newAccount())
    expect(await attempt(account, 's', 'refused')).toBe(1_000)
    await age(account, 1_000)
    const restMs = (await attempt(account, 's', 'refused')) as number
    expect(restMs).toBeGreaterThanOrEqual(1_000)
    await age(account, restMs)
    const coolDownMs = await attempt(account, 's', 'plays')
    expect(coolDownMs).toBeGreaterThanOrEqual(1_000 + restMs)
    expect(coolDownMs).toBeLessThan(10_000)
    expect(await begin(account, 'next')).toMatchObject({ coolDownMs })
    await age(account, 3_600_000 + 1)
    expect(await begin(account, 'later')).toMatchObject({ coolDownMs: 0 })
  })

  test('reveals nothing through another stream: the first refusal may concern that stream alone', async () => {
    const account = await closed(newAccount())
    await attempt(account, 's', 'refused')
    await age(account, 2_000)
    expect(await attempt(account, 'other', 'plays')).toBe(0)
    expect(await attempt(account, 's', 'plays')).toBe(0)
  })

  test('reveals nothing long after the rest: the provider may have stopped counting at any time', async () => {
    const account = await closed(newAccount())
    expect(await attempt(account, 's', 'refused')).toBe(1_000)
    await age(account, 3_000)
    expect(await attempt(account, 's', 'plays')).toBe(0)
  })

  test('does not date its count from a connection that it never counted', async () => {
    const account = newAccount(2)
    await accounts.endAttempt(account.accountId, 'refused', { isCounted: false, isHarmless: false })
    expect(await begin(account, 'next')).toMatchObject({ sinceCloseMs: undefined, isFull: false })
    await hold(account, 'next')
    expect(await begin(account, 'another')).toMatchObject({ isFull: true })
  })

  test('every key expires', async () => {
    const account = await closed(newAccount())
    await attempt(account, 's', 'refused')
    for (const key of [fixture.keys.accountPace, fixture.keys.accountAttempts]) {
      expect(await fixture.redis.pttl(key(account.accountId))).toBeGreaterThan(0)
    }
  })
})
