import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { nullLogger } from '@kptv/logging'
import { type PublicPort, startPublicPort } from '../../test-support/public-port.ts'
import { createUsersForTests, type UsersForTests, userNamed } from '../../test-support/users.ts'

const CANARY = 'anna-password'
const TOKEN = 'token-of-anna'

let users: UsersForTests
let port: PublicPort
const log: string[] = []

beforeAll(async () => {
  users = createUsersForTests([
    userNamed('anna'),
    userNamed('ben', { sees: { include: [{ field: 'group', pattern: 'News' }], exclude: [] } }),
  ])
  const write = (fields: object, message: string): void => void log.push(JSON.stringify([fields, message]))
  port = await startPublicPort({
    access: users.access,
    logger: { ...nullLogger, debug: write, info: write, warn: write, error: write },
  })
})

afterAll(async () => port[Symbol.asyncDispose]())

const answerOf = async (path: string, init: RequestInit = {}) => {
  const response = await fetch(port.base + path, init)
  const text = await response.text()
  return { status: response.status, text, headers: response.headers }
}
const login = (name: string, password = `${name}-password`) => ({
  headers: { Authorization: `Basic ${btoa(`${name}:${password}`)}` },
})

test.each(['/playlist.m3u8', '/guide.xml', '/guide.xml.gz', '/stream/news.ts', '/stream/unknown', '/nothing'])(
  'without a login %s is closed, and reveals nothing',
  async (path) => {
    const { status, text, headers } = await answerOf(path)
    expect(status).toBe(401)
    expect(text).toContain('"login-required"')
    expect(headers.get('www-authenticate')).toContain('Basic')
  },
)

test.each(['/healthz', '/readyz', '/robots.txt', '/favicon.ico'])('%s stays open', async (path) => {
  expect((await answerOf(path)).status).toBe(200)
})

test('a preflight needs no login', async () => {
  const { status } = await answerOf(`/link/${TOKEN}/stream/news.ts`, { method: 'OPTIONS' })
  expect(status).toBe(204)
})

describe('each way to log in', () => {
  test.each<[string, string, RequestInit]>([
    ['a link', `/link/${TOKEN}/playlist.m3u8`, {}],
    ['a token in the query', `/playlist.m3u8?token=${TOKEN}`, {}],
    ['a name and password in the query', `/playlist.m3u8?username=anna&password=${CANARY}`, {}],
    ['Basic', '/playlist.m3u8', login('anna')],
  ])('%s', async (_, path, init) => {
    const { status, text, headers } = await answerOf(path, init)
    expect(status).toBe(200)
    const token = text.match(/\/link\/([\w-]+)\/stream\/news\.ts/)?.[1]
    expect([TOKEN, users.linkTokenOf('anna')]).toContain(token)
    expect(text).not.toContain(CANARY)
    expect(headers.get('cache-control')).toContain('private')
    expect((await answerOf(`/link/${token}/stream/news`, { method: 'HEAD' })).status).toBe(200)
  })

  test('a wrong login is refused', async () => {
    expect((await answerOf('/playlist.m3u8', login('anna', 'wrong'))).text).toContain('"wrong-login"')
    expect((await answerOf('/link/made-up-token/stream/news')).text).toContain('"wrong-login"')
  })
})

describe('one text for all users who see the same', () => {
  const playlist = (token: string, init: RequestInit = {}) => answerOf(`/link/${token}/playlist.m3u8`, init)

  test('each gets it with its own token, gzipped or not, and its own tag', async () => {
    const gzip = { headers: { 'Accept-Encoding': 'gzip' } }
    const plain = { headers: { 'Accept-Encoding': 'identity' } }
    const answers = [
      await playlist(TOKEN, gzip),
      await playlist(TOKEN, plain),
      await playlist(users.linkTokenOf('anna'), plain),
    ]
    expect(answers[0]?.headers.get('content-encoding')).toBe('gzip')
    expect(answers[0]?.text).toBe(answers[1]?.text)
    expect(answers[1]?.text.replaceAll(TOKEN, users.linkTokenOf('anna'))).toBe(answers[2]?.text)
    expect(answers[0]?.headers.get('etag')).toBe(answers[1]?.headers.get('etag'))
    expect(answers[1]?.headers.get('etag')).not.toBe(answers[2]?.headers.get('etag'))
  })

  test('is not resent unchanged', async () => {
    const etag = (await playlist(TOKEN)).headers.get('etag') ?? ''
    expect((await playlist(TOKEN, { headers: { 'If-None-Match': etag } })).status).toBe(304)
    expect((await playlist('token-of-ben', { headers: { 'If-None-Match': etag } })).status).toBe(200)
  })

  test('is a different one for a user who sees less', async () => {
    expect((await playlist('token-of-ben')).text).toContain('"sight"')
    expect((await playlist(TOKEN)).text).not.toContain('"sight"')
  })
})

test('no log line contains a password or a token', async () => {
  await answerOf(`/live/anna/${CANARY}/5.ts`)
  await answerOf(`/anna/${CANARY}/5`)
  await answerOf(`/link/${TOKEN}/%zz`)
  expect(log.join('\n')).toContain('/stream/news')
  expect(log.join('\n')).toContain('/live/5.ts')
  expect(log.join('\n')).not.toMatch(new RegExp(`${CANARY}|${TOKEN}|${users.linkTokenOf('anna')}`))
})
