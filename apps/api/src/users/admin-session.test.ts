import { expect, test } from '@jest/globals'
import { createAdminLogin } from './admin-login.ts'
import { ADMIN_SESSION_MS, createAdminSessions } from './admin-session.ts'

const START_MS = Date.UTC(2027, 0)
let nowMs = START_MS
const sessionsOf = (password: string, cluster = 'kptv:0:') =>
  createAdminSessions({ password, cluster, nowMs: () => nowMs })

test('a login on one edge is valid on all edges with this password, until its time is over', () => {
  nowMs = START_MS
  const login = sessionsOf('word').issue()
  expect(sessionsOf('word').isValid(login)).toBe(true)
  expect(sessionsOf('another').isValid(login)).toBe(false)
  expect(sessionsOf('word', 'kptv:1:').isValid(login)).toBe(false)
  nowMs = START_MS + ADMIN_SESSION_MS
  expect(sessionsOf('word').isValid(login)).toBe(false)
})

test.each([
  ['nothing', () => undefined],
  ['an empty one', () => ''],
  ['a later end', (login: string) => login.replace(/^\d/, '9')],
  ['another signature', (login: string) => login.replace(/.{43}$/, 'A'.repeat(43))],
  ['half a signature', (login: string) => login.slice(0, -10)],
  ['something more', (login: string) => `${login}A`],
  ['an end that is no number', (login: string) => login.replace(/^\d+/, 'Infinity')],
])('%s is no login', (_, forge: (login: string) => string | undefined) => {
  nowMs = START_MS
  const sessions = sessionsOf('word')
  expect(sessions.isValid(forge(sessions.issue()))).toBe(false)
})

test('wrong passwords are counted by address; then not even the right one is tried', async () => {
  nowMs = START_MS
  const counted: string[] = []
  const told: string[] = []
  const login = createAdminLogin({
    sessions: sessionsOf('word'),
    failures: {
      areTooMany: async (name, address) => counted.filter((one) => one === `${name}@${address}`).length >= 2,
      add: async (name, address) => void counted.push(`${name}@${address}`),
    },
    onLogin: (address, outcome) => void told.push(`${outcome} from ${address}`),
  })
  expect(await login('word', '::1')).toHaveProperty('session')
  for (const wrong of ['Word', 'words']) expect(await login(wrong, '::1')).toEqual({ refused: 'wrong-login' })
  expect(await login('word', '::1')).toEqual({ refused: 'too-many-logins' })
  expect(await login('word', '::2')).toHaveProperty('session')
  expect(told).toEqual(['right from ::1', 'wrong from ::1', 'wrong from ::1', 'right from ::2'])
})
