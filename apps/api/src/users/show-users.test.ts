import { expect, test } from '@jest/globals'
import type { User } from '@kptv/config'
import { adminUsers, MAX_SHOWN_USERS } from '@kptv/contract'
import { userNamed } from '../../test-support/users.ts'
import { createShowUsers } from './show-users.ts'

const NOW_MS = Date.UTC(2027, 0)

function showOf(users: readonly User[] | undefined, count = async (_name: string): Promise<number> => 1) {
  const show = createShowUsers({
    users: { current: () => users, problems: () => ['line 3: no'] },
    count,
    nowMs: () => NOW_MS,
  })
  return async (text = '') => adminUsers.parse(await show(text))
}

test('shows users with their streams, limits and ends, and never a hash or a token', async () => {
  const users = [
    userNamed('anna', {
      streams: 2,
      priority: 3,
      role: 'admin',
      onLimit: 'end-oldest',
      endAtMs: NOW_MS - 1,
      networks: ['10.0.0.0/8'],
    }),
    userNamed('Ben', {
      passwordHash: undefined,
      tokens: [{ label: 'tablet', token: 'token-CANARY-of-ben', endAtMs: NOW_MS + 1 }],
      sees: { include: [], exclude: [] } as never,
    }),
    userNamed('home', { passwordHash: undefined, tokens: [] }),
  ]
  const answer = await showOf(users, async (name) => name.length)()
  expect(answer.users).toEqual([
    {
      name: 'anna',
      streams: { now: 4, limit: 2, onLimit: 'end-oldest' },
      priority: 3,
      role: 'admin',
      end: NOW_MS - 1,
      ended: true,
      login: 'password',
      tokens: [{ label: 'tv', end: null, ended: false }],
      networks: ['10.0.0.0/8'],
      seesAll: true,
    },
    {
      name: 'Ben',
      streams: { now: 3, limit: null, onLimit: 'refuse' },
      priority: 0,
      role: 'viewer',
      end: null,
      ended: false,
      login: 'token',
      tokens: [{ label: 'tablet', end: NOW_MS + 1, ended: false }],
      networks: [],
      seesAll: false,
    },
    expect.objectContaining({ name: 'home', login: 'network', tokens: [] }),
  ])
  expect(JSON.stringify(answer)).not.toMatch(/CANARY|hash|token-of/)
})

test('names match in any case, and one answer is bounded', async () => {
  const show = showOf(Array.from({ length: 300 }, (_, index) => userNamed(`User${index}`)))
  expect(await show('USER29')).toMatchObject({ matching: 11, isOpen: false, problems: ['line 3: no'] })
  const all = await show()
  expect([all.matching, all.users.length]).toEqual([300, MAX_SHOWN_USERS])
})

test('while Redis is away users are shown without their streams', async () => {
  const away = async (): Promise<number> => {
    throw new Error('Redis is away')
  }
  expect((await showOf([userNamed('anna')], away)()).users[0]?.streams.now).toBeNull()
})

test('without a file everything is open', async () => {
  expect(await showOf(undefined)()).toMatchObject({ isOpen: true, matching: 0, users: [] })
})
