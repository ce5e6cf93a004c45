import { expect, test } from '@jest/globals'
import type { Admins } from './access.ts'
import { createAdminLogin } from './admin-login.ts'
import { ADMIN_SESSION_MS, createAdminSessions } from './admin-session.ts'

const START_MS = Date.UTC(2027, 0)
let nowMs = START_MS
const NOBODY = { proofOf: () => undefined, logIn: async () => ({ refused: 'wrong-login' as const }) }
const sessionsOf = (password: string, cluster = 'kptv:0:', admins: Pick<Admins, 'proofOf'> = NOBODY) =>
  createAdminSessions({ password, admins, cluster, nowMs: () => nowMs })

test('a login on one edge is valid on all edges with this password until it expires', () => {
  nowMs = START_MS
  const login = sessionsOf('word').issue('', '::1')
  expect(sessionsOf('word').isValid(login, '::1')).toBe(true)
  expect(sessionsOf('another').isValid(login, '::1')).toBe(false)
  expect(sessionsOf('word', 'kptv:1:').isValid(login, '::1')).toBe(false)
  nowMs = START_MS + ADMIN_SESSION_MS
  expect(sessionsOf('word').isValid(login, '::1')).toBe(false)
})

test.each([
  ['nothing', () => undefined],
  ['an empty one', () => ''],
  ['a later end', (login: string) => login.replace(/^\d/, '9')],
  ['another signature', (login: string) => login.replace(/.{43}$/, 'A'.repeat(43))],
  ['half a signature', (login: string) => login.slice(0, -10)],
  ['something more', (login: string) => `${login}A`],
  ['an end that is no number', (login: string) => login.replace(/^\d+/, 'Infinity')],
])('%s is not a login', (_, forge: (login: string) => string | undefined) => {
  nowMs = START_MS
  const sessions = sessionsOf('word')
  expect(sessions.isValid(forge(sessions.issue('', '::1')), '::1')).toBe(false)
})

test('wrong passwords are counted by address; then even the right one is not tried', async () => {
  nowMs = START_MS
  const counted: string[] = []
  const reported: string[] = []
  const login = createAdminLogin({
    sessions: sessionsOf('word'),
    admins: NOBODY,
    failures: {
      areTooMany: async (name, address) => counted.filter((one) => one === `${name}@${address}`).length >= 2,
      add: async (name, address) => void counted.push(`${name}@${address}`),
    },
    onLogin: (address, outcome) => void reported.push(`${outcome} from ${address}`),
  })
  expect(await login({ password: 'word' }, '::1')).toHaveProperty('session')
  for (const wrong of ['Word', 'words'])
    expect(await login({ password: wrong }, '::1')).toEqual({ refused: 'wrong-login' })
  expect(await login({ password: 'word' }, '::1')).toEqual({ refused: 'too-many-logins' })
  expect(await login({ password: 'word' }, '::2')).toHaveProperty('session')
  expect(reported).toEqual(['right from ::1', 'wrong from ::1', 'wrong from ::1', 'right from ::2'])
})

test.each<[string, (users: Map<string, string>) => unknown]>([
  ['the user is removed, or is an operator no longer', (users) => users.delete('anna')],
  ['its password is changed', (users) => users.set('anna', 'another hash')],
])("a user's login ends when %s", (_, change) => {
  nowMs = START_MS
  const users = new Map([
    ['anna', 'hash'],
    ['ben', 'hash'],
  ])
  const sessions = sessionsOf('word', 'kptv:0:', { proofOf: (name) => users.get(name) })
  const login = sessions.issue('anna', '::1')
  expect(sessions.isValid(login, '::1')).toBe(true)
  // Nobody else's, not even that of the installation.
  for (const name of ['', 'ben']) expect(sessions.isValid(renamed(login, name), '::1')).toBe(false)
  change(users)
  expect(sessions.isValid(login, '::1')).toBe(false)
})

function renamed(login: string, name: string): string {
  const [endsAtMs, , signature] = login.split('.')
  return [endsAtMs, Buffer.from(name).toString('base64url'), signature].filter(Boolean).join('.')
}
