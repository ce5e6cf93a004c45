import { describe, expect, test } from '@jest/globals'
import type { ErrorCode } from '@kptv/contract'
import { userNamed } from '../../test-support/users.ts'
import type { Caller } from './caller.ts'
import { createWatching } from './watching.ts'

function createFixture({ isAway = false } = {}) {
  const open = new Set<string>()
  const lost: Array<(streamIds: readonly string[], isRevoked: boolean) => void> = []
  const changes: Array<() => void> = []
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
    monotonicMs: () => 0,
  })
  return { watching, open, lose: lost[0]!, change: () => changes[0]!() }
}

function callerWith(streams: number, refusal: () => ErrorCode | undefined = () => undefined): Caller {
  return { user: userNamed('anna', { streams }), linkToken: undefined, device: 'tv', sight: undefined, refusal }
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

  test('is not counted without USERS_FILE', async () => {
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

  test('ends once, when its place is taken', async () => {
    const { watching, lose } = createFixture()
    const reasons: ErrorCode[] = []
    await watching.begin(callerWith(2), 'c', (reason) => reasons.push(reason))
    lose(['lease-1'], true)
    lose(['lease-1'], true)
    expect(reasons).toEqual(['user-limit'])
  })

  test('goes on when Redis has forgotten it', async () => {
    const { watching, lose, change } = createFixture()
    const reasons: ErrorCode[] = []
    await watching.begin(callerWith(2), 'c', (reason) => reasons.push(reason))
    lose(['lease-1'], false)
    change()
    expect(reasons).toEqual([])
  })

  test('ends when the file takes the access away', async () => {
    const { watching, change } = createFixture()
    const reasons: ErrorCode[] = []
    let refusal: ErrorCode | undefined
    await watching.begin(
      callerWith(2, () => refusal),
      'c',
      (reason) => reasons.push(reason),
    )
    change()
    expect(reasons).toEqual([])
    refusal = 'wrong-login'
    change()
    change()
    expect(reasons).toEqual(['wrong-login'])
  })
})
