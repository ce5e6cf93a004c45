import { describe, expect, test } from '@jest/globals'
import type { ErrorCode } from '@kptv/contract'
import { createManualClock } from '@kptv/testkit'
import { userNamed } from '../../test-support/users.ts'
import type { Caller } from './caller.ts'
import { createWatching } from './watching.ts'

function createFixture({ isAway = false } = {}) {
  const open = new Set<string>()
  const lost: Array<(streamIds: readonly string[], isRevoked: boolean) => void> = []
  const changes: Array<() => void> = []
  const clock = createManualClock()
  let number = 0
  const watching = createWatching({
    users: { onChange: (listener) => void changes.push(listener) },
    streams: {
      async open({ limit }) {
        if (isAway) throw new Error('Redis is away')
        if (open.size >= limit) return undefined
        number += 1
        open.add(`lease-${number}`)
        return `lease-${number}`
      },
      close: async (leaseId) => void open.delete(leaseId),
      onLost: (listener) => {
        lost.push(listener)
        return () => undefined
      },
      count: async () => open.size,
      keepPlayer: async () => 'kept',
    },
    clock,
  })
  return { watching, clock, open, lose: lost[0]!, change: () => changes[0]!() }
}

function callerWith(streams: number, refusal: () => ErrorCode | undefined = () => undefined): Caller {
  return { user: userNamed('anna', { streams }), linkToken: undefined, device: 'tv', sight: undefined, refusal }
}

/** A stream of a caller who has access until `refuse`; `reasons`: why it was told to end. */
async function beginAllowed(watching: ReturnType<typeof createWatching>) {
  const reasons: ErrorCode[] = []
  let refusal: ErrorCode | undefined
  const caller = callerWith(2, () => refusal)
  await watching.begin(caller, 'c', (reason) => reasons.push(reason))
  const refuse = (code: ErrorCode): void => {
    refusal = code
  }
  return { reasons, refuse }
}

const EVERYONE: Caller = { ...callerWith(1), user: undefined }

describe('a stream', () => {
  test('counts until it has stopped', async () => {
    const { watching, open } = createFixture()
    const watched = await watching.begin(callerWith(1), 'c', () => undefined)
    expect(open.size).toBe(1)
    expect(await watching.begin(callerWith(1), 'c', () => undefined)).toEqual({ refused: 'user-limit' })
    if (!('stopped' in watched)) throw new Error(watched.refused)
    watched.stopped()
    watched.stopped()
    expect(open.size).toBe(0)
  })

  test('does not count without USERS_FILE', async () => {
    const { watching, open } = createFixture({ isAway: true })
    expect(await watching.begin(EVERYONE, 'c', () => undefined)).toHaveProperty('stopped')
    expect(open.size).toBe(0)
  })

  test.each([
    [1, { refused: 'coordination-unavailable' }],
    [Number.POSITIVE_INFINITY, { stopped: expect.any(Function) }],
  ])('while Redis is away, with a limit of %d', async (streams, expected) => {
    const { watching } = createFixture({ isAway: true })
    expect(await watching.begin(callerWith(streams), 'c', () => undefined)).toEqual(expected)
  })

  test('ends once its place is taken', async () => {
    const { watching, lose } = createFixture()
    const reasons: ErrorCode[] = []
    await watching.begin(callerWith(2), 'c', (reason) => reasons.push(reason))
    lose(['lease-1'], true)
    lose(['lease-1'], true)
    expect(reasons).toEqual(['user-limit'])
  })

  test('continues when Redis has forgotten it', async () => {
    const { watching, clock, open, lose, change } = createFixture()
    const reasons: ErrorCode[] = []
    await watching.begin(callerWith(2), 'c', (reason) => reasons.push(reason))
    lose(['lease-1'], false)
    change()
    await clock.advance(1_000)
    expect(reasons).toEqual([])
    expect([...open]).toEqual(['lease-2'])
  })

  test('ends when the day of its access is over', async () => {
    const { watching, clock } = createFixture()
    const { reasons, refuse } = await beginAllowed(watching)
    await clock.advance(5_000)
    expect(reasons).toEqual([])
    refuse('access-ended')
    await clock.advance(5_000)
    expect(reasons).toEqual(['access-ended'])
    watching[Symbol.dispose]()
    expect(clock.pending()).toBe(0)
  })

  test('ends when the file revokes the access', async () => {
    const { watching, change } = createFixture()
    const { reasons, refuse } = await beginAllowed(watching)
    change()
    expect(reasons).toEqual([])
    refuse('wrong-login')
    change()
    change()
    expect(reasons).toEqual(['wrong-login'])
  })
})
