import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { AdminOrder } from '@kptv/contract'
import { MADE_UP_SET_UP } from '../../test-support/made-up-set-up.ts'
import { type PublicPort, startPublicPort } from '../../test-support/public-port.ts'
import { createUsersForTests, userNamed } from '../../test-support/users.ts'
import type { LogoImages } from '../outputs/logo/logo-images.ts'
import { createAdminLogin } from '../users/admin-login.ts'
import { createAdminSessions } from '../users/admin-session.ts'

const PASSWORD = 'CANARY-of-operators'
const STATE = { at: 1, nodes: {}, channels: {}, sources: {}, notices: {} }

let port: PublicPort
let users: ReturnType<typeof createUsersForTests>
let withoutPassword: PublicPort
const given: AdminOrder[] = []
const failures: string[] = []

beforeAll(async () => {
  users = createUsersForTests([userNamed('anna'), userNamed('olga', { role: 'admin' })])
  const { admins } = users.access
  const sessions = createAdminSessions({ password: PASSWORD, admins, cluster: 'kptv:0:', nowMs: Date.now })
  port = await startPublicPort({
    // The login of a viewer does not let operators in, nor the other way round.
    access: users.access,
    admin: {
      sessions,
      login: createAdminLogin({
        sessions,
        admins,
        failures: {
          areTooMany: async () => failures.length >= 3,
          add: async (_, address) => void failures.push(address),
        },
        onLogin: () => undefined,
      }),
      feed: { watch: async () => () => undefined, read: async () => STATE },
      logos: {
        catalog: { channel: async () => undefined },
        sources: () => [],
        isOurs: async () => false,
        logoImages: {} as LogoImages,
      },
      async giveOrder(order) {
        given.push(order)
        return { nodes: [] }
      },
      onOrder: () => undefined,
      log: { newest: async () => [] },
      describeChannel: async () => undefined,
      ...MADE_UP_SET_UP,
      async *guideMatches() {
        yield* []
      },
    },
  })
  withoutPassword = await startPublicPort()
})

afterAll(async () => {
  await port[Symbol.asyncDispose]()
  await withoutPassword[Symbol.asyncDispose]()
})

const login = (password: string, headers: Record<string, string> = {}, name?: string) =>
  fetch(`${port.base}/admin/login`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify({ name, password }),
  })
const cookieOf = (response: Response): string => response.headers.get('set-cookie')?.split(';')[0] ?? ''
const order = (headers: Record<string, string>) =>
  fetch(`${port.base}/admin/orders`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: '{"order":"read-list"}',
  })

test('without ADMIN_PASSWORD nothing is at /admin', async () => {
  for (const path of ['/admin', '/admin/session', '/admin/live', '/admin/events'])
    expect((await fetch(withoutPassword.base + path)).status).toBe(404)
  const site = (await (await fetch(`${withoutPassword.base}/api/site`)).json()) as { readonly admin: boolean }
  expect(site.admin).toBe(false)
})

describe('with ADMIN_PASSWORD', () => {
  test('the page opens, and asks for the password', async () => {
    const page = await fetch(`${port.base}/admin`)
    expect(await page.text()).toBe('<admin.html>')
    expect(page.headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
    expect(await (await fetch(`${port.base}/admin/session`)).json()).toEqual({ login: 'required' })
    expect((await fetch(`${port.base}/admin/`, { redirect: 'manual' })).headers.get('location')).toBe('../admin')
  })

  test.each([
    '/admin/live',
    '/admin/events',
    '/admin/log',
    '/admin/channels/news',
    '/admin/users',
    '/admin/settings',
    '/admin/logo/news',
    '/admin/nothing',
  ])('%s is closed without a login, to users too, and no browser prompts for one', async (path) => {
    for (const headers of [{}, { Authorization: `Basic ${btoa('anna:anna-password')}` }]) {
      const response = await fetch(port.base + path, { headers })
      expect(response.status).toBe(401)
      expect(response.headers.get('www-authenticate')).toBeNull()
    }
  })

  test('the right password opens it, with a cookie that no script reads and no other site sends', async () => {
    const response = await login(PASSWORD)
    expect(response.status).toBe(200)
    const whole = response.headers.get('set-cookie') ?? ''
    for (const part of ['HttpOnly', 'SameSite=Strict', 'Path=/', 'Max-Age=']) expect(whole).toContain(part)
    expect(whole).not.toContain(PASSWORD)
    const headers = { Cookie: `other=1; ${cookieOf(response)}` }
    expect(await (await fetch(`${port.base}/admin/live`, { headers })).json()).toEqual(STATE)
    expect(await (await fetch(`${port.base}/admin/session`, { headers })).json()).toEqual({ login: 'done' })
    expect((await order(headers)).status).toBe(200)
    expect(given).toEqual([{ order: 'read-list' }])
    // It is no login of a viewer.
    expect((await fetch(`${port.base}/playlist.m3u8`, { headers })).status).toBe(401)
    const out = await fetch(`${port.base}/admin/logout`, { method: 'POST', headers })
    expect(out.headers.get('set-cookie')).toMatch(/^kptv-admin=;.*Expires=Thu, 01 Jan 1970/)
  })

  test.each([
    ['another site', { 'Sec-Fetch-Site': 'cross-site', Origin: 'http://evil.example' }],
    ['an old browser on another site', { Origin: 'http://evil.example' }],
    ['another port of this host', { Origin: 'http://127.0.0.1:1' }],
  ])('orders and logins from %s are refused, even with the cookie', async (_, headers: Record<string, string>) => {
    const cookie = cookieOf(await login(PASSWORD))
    const before = given.length
    expect((await order({ ...headers, Cookie: cookie })).status).toBe(403)
    expect((await order({ Cookie: cookie, Origin: port.base })).status).toBe(200)
    expect((await login(PASSWORD, headers)).status).toBe(403)
    expect(given.length).toBe(before + 1)
  })

  test('the password of an operator in the users file opens it, until the role is taken away', async () => {
    const response = await login('olga-password', {}, 'Olga')
    expect(response.status).toBe(200)
    const headers = { Cookie: cookieOf(response) }
    expect((await fetch(`${port.base}/admin/live`, { headers })).status).toBe(200)
    const events = await fetch(`${port.base}/admin/events`, { headers })
    expect(events.status).toBe(200)
    users.change([userNamed('anna'), userNamed('olga')])
    expect((await fetch(`${port.base}/admin/live`, { headers })).status).toBe(401)
    // The stream that runs ends too.
    await expect(events.text()).rejects.toThrow()
    expect((await login('olga-password', {}, 'olga')).status).toBe(401)
    users.change([userNamed('anna'), userNamed('olga', { role: 'admin' })])
  })

  test.each([
    ['a viewer', 'anna', 'anna-password'],
    ['a token of an operator', 'olga', 'token-of-olga'],
    ['a wrong password', 'olga', 'anna-password'],
    ['the password of the installation with a name', 'olga', PASSWORD],
    ['the password of a user without a name', '', 'olga-password'],
  ])('%s does not open it', async (_, name, password) => {
    failures.length = 0
    const response = await login(password, {}, name)
    expect([response.status, response.headers.get('set-cookie')]).toEqual([401, null])
  })

  test.each(['/admin/users', '/admin/settings', '/admin/live'])('pages of other sites cannot read %s', async (path) => {
    const headers = { Cookie: cookieOf(await login(PASSWORD)) }
    expect((await fetch(port.base + path, { headers })).status).toBe(200)
    const foreign = { ...headers, 'Sec-Fetch-Site': 'cross-site', Origin: 'http://evil.example' }
    expect((await fetch(port.base + path, { headers: foreign })).status).toBe(403)
  })

  test('a wrong password is refused, and after a few attempts the right one too', async () => {
    failures.length = 0
    for (const wrong of ['', `${PASSWORD}x`, 'x', 'y', 'z']) {
      const response = await login(wrong)
      expect([400, 401]).toContain(response.status)
      expect(await response.text()).not.toContain(PASSWORD)
      expect(response.headers.get('set-cookie')).toBeNull()
      if (failures.length >= 3) break
    }
    expect((await login(PASSWORD)).status).toBe(429)
  })
})
