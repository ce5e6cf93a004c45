import { describe, expect, test } from '@jest/globals'
import type { ErrorCode } from '@kptv/contract'
import { createUsersForTests, userNamed } from '../../test-support/users.ts'
import type { Caller } from './caller.ts'
import type { Credentials } from './credentials.ts'

const HOME = { address: '192.168.1.7', agent: 'player/1' }
const ABROAD = { address: '203.0.113.9', agent: 'player/1' }
const NONE: Credentials = { kind: 'none' }
const token = (text: string): Credentials => ({ kind: 'token', token: text })
const password = (name: string, text = `${name}-password`): Credentials => ({ kind: 'password', name, password: text })

/** The name of the user, or why nobody was let in. */
function resultOf(found: Caller | { readonly refused: ErrorCode }): string | undefined {
  return 'refused' in found ? found.refused : found.user?.name
}

test('without the file everyone is let in, whatever their login', async () => {
  const { access } = createUsersForTests(undefined)
  for (const credentials of [NONE, token('x'), password('nobody')]) {
    expect(await access.admit(credentials, ABROAD)).toMatchObject({ user: undefined, linkToken: undefined })
  }
})

test.each<[string, Credentials, string]>([
  ['a password', password('anna'), 'anna'],
  ['a name in capitals', { ...password('anna'), kind: 'password', name: 'ANNA', password: 'anna-password' }, 'anna'],
  ['a token', token('token-of-anna'), 'anna'],
  ['a token as the password of an app', password('anna', 'token-of-anna'), 'anna'],
  ['a token of another as the password', password('anna', 'token-of-ben'), 'wrong-login'],
  ['a wrong password', password('anna', 'wrong'), 'wrong-login'],
  ['a hash as the password', password('anna', 'hash of anna-password'), 'wrong-login'],
  ['a name that nobody has', password('nobody'), 'wrong-login'],
  ['a token that nobody has', token('made-up'), 'wrong-login'],
  ['no login', NONE, 'login-required'],
])('%s', async (_, credentials, expected) => {
  const { access } = createUsersForTests([userNamed('anna'), userNamed('ben')])
  expect(resultOf(await access.admit(credentials, HOME))).toBe(expected)
})

test("links carry the request's token, or one made for the password: never the password", async () => {
  const users = createUsersForTests([userNamed('anna')])
  const byPassword = (await users.access.admit(password('anna'), HOME)) as Caller
  expect(byPassword.linkToken).toBe(users.linkTokenOf('anna'))
  expect(resultOf(await users.access.admit(token(byPassword.linkToken!), HOME))).toBe('anna')
  expect(await users.access.admit(token('token-of-anna'), HOME)).toMatchObject({ linkToken: 'token-of-anna' })
})

describe('networks', () => {
  const users = [
    userNamed('anna', { networks: ['192.168.1.0/24', 'fd00::/8'] }),
    userNamed('household', { passwordHash: undefined, tokens: [], networks: ['192.168.1.0/24'] }),
  ]

  test.each([
    ['192.168.1.7', 'anna'],
    ['::ffff:192.168.1.7', 'anna'],
    ['fd00::1', 'anna'],
    ['203.0.113.9', 'network-not-allowed'],
    ['2001:db8::1', 'network-not-allowed'],
    ['', 'network-not-allowed'],
  ])('a login from %j: %s', async (address, expected) => {
    const { access } = createUsersForTests(users)
    expect(resultOf(await access.admit(password('anna'), { ...HOME, address }))).toBe(expected)
  })

  test('requests from the networks of a user without password and tokens need no login', async () => {
    const { access } = createUsersForTests(users)
    expect(resultOf(await access.admit(NONE, HOME))).toBe('household')
    expect(resultOf(await access.admit(NONE, ABROAD))).toBe('login-required')
  })
})

test('wrong passwords are counted by name and address; unknown names are not written down', async () => {
  const { access, failures } = createUsersForTests([userNamed('anna')])
  await access.admit(password('canary'), HOME)
  for (let count = 0; count < 5; count += 1) await access.admit(password('anna', 'wrong'), HOME)
  expect(failures).toEqual(['undefined@192.168.1.7', ...Array(5).fill('anna@192.168.1.7')])
  expect(resultOf(await access.admit(password('anna'), HOME))).toBe('too-many-logins')
  expect(resultOf(await access.admit(password('anna'), ABROAD))).toBe('anna')
  expect(resultOf(await access.admit(token('token-of-anna'), HOME))).toBe('anna')
})

describe('access that ends while a stream plays', () => {
  const day = { endAtMs: Date.UTC(2027, 0, 2) }
  const cases: ReadonlyArray<[string, Credentials, Parameters<typeof createUsersForTests>[0], string | undefined]> = [
    ['the user is gone', password('anna'), [userNamed('ben')], 'wrong-login'],
    ['the user has another password', password('anna'), [userNamed('anna', { passwordHash: 'x' })], 'wrong-login'],
    ['the password stays, a token goes', password('anna'), [userNamed('anna', { tokens: [] })], undefined],
    ['the token is gone', token('token-of-anna'), [userNamed('anna', { tokens: [] })], 'wrong-login'],
    ['the token belongs to another', token('token-of-anna'), [{ ...userNamed('anna'), name: 'ben' }], 'wrong-login'],
    [
      'the user may not watch from here',
      token('token-of-anna'),
      [userNamed('anna', { networks: ['10.0.0.0/8'] })],
      'network-not-allowed',
    ],
    ['the user has an end, not reached yet', token('token-of-anna'), [userNamed('anna', day)], undefined],
    ['something else has changed', token('token-of-anna'), [userNamed('anna', { streams: 7 })], undefined],
  ]
  test.each(cases)('%s', async (_, credentials, users, expected) => {
    const file = createUsersForTests([userNamed('anna')])
    const caller = (await file.access.admit(credentials, HOME)) as Caller
    expect(caller.refusal()).toBeUndefined()
    file.change(users)
    expect(caller.refusal()).toBe(expected)
  })

  test('when a day passes', async () => {
    const file = createUsersForTests([userNamed('anna', day)])
    const caller = (await file.access.admit(password('anna'), HOME)) as Caller
    expect(caller.refusal()).toBeUndefined()
    file.passMs(86_400_000)
    expect(caller.refusal()).toBe('access-ended')
    expect(resultOf(await file.access.admit(password('anna'), HOME))).toBe('access-ended')
  })

  test('a link made with the password ends with its number', async () => {
    const file = createUsersForTests([userNamed('anna')])
    const link = token(file.linkTokenOf('anna'))
    const caller = (await file.access.admit(link, HOME)) as Caller
    file.change([userNamed('anna', { linkNumber: 2 })])
    expect(caller.refusal()).toBe('wrong-login')
    expect(resultOf(await file.access.admit(link, HOME))).toBe('wrong-login')
    expect(resultOf(await file.access.admit(token('token-of-anna'), HOME))).toBe('anna')
  })
})

test('devices differ by token, address and program', async () => {
  const { access } = createUsersForTests([userNamed('anna')])
  const deviceOf = async (credentials: Credentials, origin: typeof HOME) =>
    ((await access.admit(credentials, origin)) as Caller).device
  const devices = await Promise.all([
    deviceOf(token('token-of-anna'), HOME),
    deviceOf(password('anna'), HOME),
    deviceOf(password('anna'), ABROAD),
    deviceOf(password('anna'), { ...HOME, agent: 'other' }),
    deviceOf(password('anna'), HOME),
  ])
  expect(new Set(devices).size).toBe(4)
  expect(devices[4]).toBe(devices[1])
})

describe('what a user sees', () => {
  const channel = (name: string, group: string, sourceId = 'one-id', url = 'http://x.example/1.ts') => ({
    name,
    attributes: [['group-title', group]] as const,
    streams: [{ id: 's', sourceId, url, headers: [] }],
  })
  const sightOf = async (sees: Parameters<typeof userNamed>[1]) =>
    ((await createUsersForTests([userNamed('anna', sees)]).access.admit(password('anna'), HOME)) as Caller).sight
  const rule = (field: 'name' | 'group' | 'kind', pattern: string) => ({ field, pattern })

  test('is everything, unless the file says otherwise', async () => {
    expect(await sightOf({})).toBeUndefined()
  })

  test('is what rules and sources leave', async () => {
    const sees = {
      sources: ['One'],
      include: [rule('group', '^News')],
      exclude: [rule('name', 'adult'), rule('kind', 'movie')],
    }
    const sight = await sightOf({ sees })
    expect(sight?.includes(channel('BBC', 'News UK'))).toBe(true)
    expect(sight?.includes(channel('BBC', 'Sport'))).toBe(false)
    expect(sight?.includes(channel('adult', 'News'))).toBe(false)
    expect(sight?.includes(channel('BBC', 'News', 'other-id'))).toBe(false)
    expect(sight?.includes(channel('Film', 'News', 'one-id', 'http://x.example/movie/1.mp4'))).toBe(false)
  })

  test('is nothing if none of its sources exists', async () => {
    const sight = await sightOf({ sees: { sources: ['Gone'], include: [], exclude: [] } })
    expect(sight?.includes(channel('BBC', 'News'))).toBe(false)
  })

  test('has the same key for users who see the same', async () => {
    const one = await sightOf({ sees: { include: [rule('group', 'a')], exclude: [] } })
    const same = await sightOf({ sees: { include: [rule('group', 'a')], exclude: [] } })
    const other = await sightOf({ sees: { include: [], exclude: [rule('group', 'a')] } })
    expect(one?.key).toBe(same?.key)
    expect(one?.key).not.toBe(other?.key)
  })
})
