import { afterEach, expect, test } from '@jest/globals'
import type { User } from '@kptv/config'
import { type PublicPort, startPublicPort } from '../../test-support/public-port.ts'
import { createUsersForTests, type UsersForTests, userNamed } from '../../test-support/users.ts'

const ports: PublicPort[] = []

afterEach(async () => {
  await Promise.all(ports.splice(0).map((port) => port[Symbol.asyncDispose]()))
})

async function start(users: UsersForTests | undefined): Promise<PublicPort> {
  const port = await startPublicPort(users === undefined ? {} : { access: users.access })
  ports.push(port)
  return port
}

const usersWith = (...users: readonly User[]): UsersForTests => createUsersForTests([userNamed('anna'), ...users])

const post = ({ base }: PublicPort, path: string, body: object, headers: Record<string, string> = {}) =>
  fetch(base + path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
const logIn = (port: PublicPort, name: string, password: string, headers: Record<string, string> = {}) =>
  post(port, '/api/login', { name, password }, headers)
const cookieOf = (response: Response): string => response.headers.get('set-cookie')?.split(';')[0] ?? ''
const sessionOf = async ({ base }: PublicPort, headers: Record<string, string> = {}) =>
  (await fetch(`${base}/api/session`, { headers })).json()
const codeOf = async (response: Response) => ((await response.json()) as { readonly error: string }).error

test('without a login the page opens and asks for one; everything it would show is closed, without a browser prompt', async () => {
  const port = await start(usersWith())
  const page = await fetch(`${port.base}/`)
  expect([page.status, await page.text()]).toEqual([200, '<index.html>'])
  expect(page.headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
  expect(await sessionOf(port)).toEqual({ login: 'required', name: null })
  for (const path of ['/api/site', '/api/channels', '/api/groups', '/api/guide/now?channels=x']) {
    const response = await fetch(port.base + path)
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, null])
  }
  // Players are asked.
  for (const path of ['/playlist.m3u8', '/stream/news', '/logo/news'])
    expect((await fetch(port.base + path)).headers.get('www-authenticate')).toContain('Basic')
})

test.each([
  ['a password', 'anna', 'anna-password', (users: UsersForTests) => users.linkTokenOf('anna')],
  ['a name in capitals', 'ANNA', 'anna-password', (users: UsersForTests) => users.linkTokenOf('anna')],
  ['a token', '', 'token-of-anna', () => 'token-of-anna'],
  ['a token as the password', 'anna', 'token-of-anna', () => 'token-of-anna'],
])(
  '%s logs in on every edge, with a cookie that no script reads and no other site sends',
  async (_, name, secret, tokenOf) => {
    const users = usersWith()
    const [first, second] = [await start(users), await start(users)]
    const response = await logIn(first, name, secret)
    expect([response.status, await response.json()]).toEqual([200, { login: 'done', name: 'anna' }])
    const whole = response.headers.get('set-cookie') ?? ''
    for (const part of ['HttpOnly', 'SameSite=Strict', 'Path=/', 'Max-Age=']) expect(whole).toContain(part)
    for (const text of [secret, users.linkTokenOf('anna')]) expect(decodeURIComponent(whole)).not.toContain(text)
    const headers = { Cookie: `other=1; ${cookieOf(response)}` }
    expect(await sessionOf(second, headers)).toEqual({ login: 'done', name: 'anna' })
    expect((await fetch(`${second.base}/api/channels`, { headers })).status).toBe(200)
    // Links for players carry what they need.
    const { links } = (await (await fetch(`${second.base}/api/site`, { headers })).json()) as Site
    expect(links.playlist).toBe(`${second.base}/link/${tokenOf(users)}/playlist.m3u8`)
    const out = await post(second, '/api/logout', {}, headers)
    expect(out.headers.get('set-cookie')).toMatch(/^kptv-viewer=;.*Expires=Thu, 01 Jan 1970/)
  },
)

type Site = { readonly links: { readonly playlist: string } }

test.each<[string, (users: UsersForTests) => void]>([
  ['its user is removed', (users) => users.change([])],
  ['the password is another one', (users) => users.change([userNamed('anna', { passwordHash: 'hash of another' })])],
  ['its links are revoked', (users) => users.change([userNamed('anna', { linkNumber: 2 })])],
  ['the access ends', (users) => users.change([userNamed('anna', { endAtMs: 1 })])],
  ['the address may not watch', (users) => users.change([userNamed('anna', { networks: ['10.0.0.0/8'] })])],
  ['a month has passed', (users) => users.passMs(30 * 24 * 3_600_000)],
])('a login ends when %s', async (_, end) => {
  const users = usersWith()
  const port = await start(users)
  const headers = { Cookie: cookieOf(await logIn(port, 'anna', 'anna-password')) }
  expect(await sessionOf(port, headers)).toMatchObject({ login: 'done' })
  end(users)
  expect(await sessionOf(port, headers)).toEqual({ login: 'required', name: null })
  const stream = await fetch(`${port.base}/stream/news`, { headers })
  expect([401, 403]).toContain(stream.status)
  expect(stream.headers.get('www-authenticate')).toBeNull()
})

test('a login with a token ends with that token only', async () => {
  const tokens = ['tv', 'phone'].map((label) => ({ label, token: `token-of-the-${label}`, endAtMs: undefined }))
  const users = createUsersForTests([userNamed('anna', { tokens })])
  const port = await start(users)
  const [tv, phone] = await Promise.all(
    ['tv', 'phone'].map(async (label) => ({ Cookie: cookieOf(await logIn(port, '', `token-of-the-${label}`)) })),
  )
  users.change([userNamed('anna', { tokens: tokens.slice(1) })])
  expect(await sessionOf(port, tv)).toMatchObject({ login: 'required' })
  expect(await sessionOf(port, phone)).toMatchObject({ login: 'done' })
})

test.each([
  'kptv-viewer=',
  'kptv-viewer=x',
  `kptv-viewer=9999999999999.${btoa('anna')}.${'A'.repeat(43)}`,
  `kptv-viewer=9999999999999.${btoa('nobody')}.${'A'.repeat(43)}`,
])('a made-up cookie (%s) is not a login', async (Cookie) => {
  const port = await start(usersWith())
  expect(await sessionOf(port, { Cookie })).toEqual({ login: 'required', name: null })
})

test("one user's login is not another's, and its end cannot be moved", async () => {
  const port = await start(usersWith(userNamed('ben')))
  const [name, value = ''] = cookieOf(await logIn(port, 'anna', 'anna-password')).split('=')
  const [endsAtMs = '', user = '', signature = ''] = value.split('.')
  const forged = [
    [endsAtMs, Buffer.from('ben').toString('base64url'), signature],
    [String(Number(endsAtMs) + 1), user, signature],
  ]
  for (const parts of forged)
    expect(await sessionOf(port, { Cookie: `${name}=${parts.join('.')}` })).toMatchObject({ login: 'required' })
})

test.each([
  ['passwords of a name', 'anna', 'anna-password'],
  ['tokens', '', 'token-of-anna'],
])('after five wrong %s even the right one is not tried', async (_, name, right) => {
  const port = await start(usersWith())
  for (let turn = 0; turn < 5; turn += 1)
    expect(await codeOf(await logIn(port, name, `wrong-${turn}`))).toBe('wrong-login')
  const response = await logIn(port, name, right === 'anna-password' ? right : 'wrong again')
  expect([response.status, response.headers.get('set-cookie')]).toEqual([429, null])
})

test.each([
  ['another site', { 'Sec-Fetch-Site': 'cross-site', Origin: 'http://evil.example' }],
  ['an old browser on another site', { Origin: 'http://evil.example' }],
])('logins and logouts from %s are refused', async (_, headers: Record<string, string>) => {
  const port = await start(usersWith())
  expect((await logIn(port, 'anna', 'anna-password', headers)).status).toBe(403)
  expect((await post(port, '/api/logout', {}, headers)).status).toBe(403)
})

test('asks for nothing without a file, from a network that needs no login, or with a link', async () => {
  expect(await sessionOf(await start(undefined))).toEqual({ login: 'unneeded', name: null })
  const household = userNamed('household', { passwordHash: undefined, tokens: [], networks: ['127.0.0.1/32'] })
  expect(await sessionOf(await start(createUsersForTests([household])))).toEqual({
    login: 'unneeded',
    name: 'household',
  })
  const port = await start(usersWith())
  const ofLink = await fetch(`${port.base}/link/token-of-anna/api/session`)
  expect(await ofLink.json()).toEqual({ login: 'unneeded', name: 'anna' })
})
