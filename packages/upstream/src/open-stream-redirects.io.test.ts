import { describe, expect, test } from '@jest/globals'
import { collect, failureOf, lookupFrom, requestOptions } from '../test-support/requests.ts'
import { type AnswerRequest, reply, startProvider } from '../test-support/start-provider.ts'
import { watchClientSockets } from '../test-support/watch-sockets.ts'
import { createAddressPolicy } from './address-policy.ts'
import { openAnswer } from './open-stream.ts'

const redirectTo =
  (location: string, status = '302 Found'): AnswerRequest =>
  (_request, socket) =>
    reply(socket, status, '', [`Location: ${location}`])

describe('a chain', () => {
  test('is followed with one socket at a time, although no hop closes its own', async () => {
    using sockets = watchClientSockets()
    await using provider = await startProvider(({ path }, socket) => {
      const hop = Number(path.slice(1))
      const status = ['301 Moved', '302 Found', '303 See Other', '307 Temporary', '308 Permanent', '300 Choices'][hop]
      // The connection stays open, and the answer is endless: only the client can end it.
      if (status) socket.write(`HTTP/1.1 ${status}\r\nLocation: /${hop + 1}\r\nContent-Length: 999999\r\n\r\nMoved`)
      else reply(socket, '200 OK', 'media')
    })
    const stream = await openAnswer({ ...requestOptions(), url: provider.url('/0') })
    expect(String(await collect(stream.body))).toBe('media')
    expect(provider.requests.map(({ path }) => path)).toEqual(['/0', '/1', '/2', '/3', '/4', '/5', '/6'])
    expect([sockets.opened, sockets.maxAtOnce]).toEqual([7, 1])
  })

  test.each(['/loop', 'loop', ''])('U03: a loop to %j ends after eight redirects', async (location) => {
    await using provider = await startProvider(redirectTo(location))
    const failure = await failureOf(openAnswer({ ...requestOptions(), url: provider.url('/loop') }))
    expect([failure.code, provider.connections]).toEqual(['too-many-redirects', 9])
  })

  test('names the sender at a hop that looks like our own link, and at no other', async () => {
    const own = '/stream/0123456789abcdef.ts'
    await using provider = await startProvider((request, socket) =>
      request.path === own ? reply(socket, '508 Loop Detected') : redirectTo(own)(request, socket),
    )
    const failure = await failureOf(openAnswer({ ...requestOptions(), url: provider.url('/1'), loopMark: 'f00d' }))
    expect(failure.code).toBe('loop')
    expect(provider.requests.map(({ lines }) => lines.filter((line) => line.startsWith('Via')))).toEqual([
      [],
      ['Via: 1.1 kptv-f00d'],
    ])
  })

  test('restarts at the first address on each connect, because tokens expire (P9)', async () => {
    const expired = new Set<string>()
    let issued = 0
    await using provider = await startProvider(({ path }, socket) => {
      if (path === '/channel') return redirectTo(`/stream?token=${++issued}`)(undefined as never, socket)
      if (expired.has(path)) return reply(socket, '403 Forbidden')
      expired.add(path)
      reply(socket, '200 OK', `token ${issued}`)
    })
    for (const expected of ['token 1', 'token 2', 'token 3']) {
      const stream = await openAnswer({ ...requestOptions(), url: provider.url('/channel') })
      expect(String(await collect(stream.body))).toBe(expected)
    }
  })

  test('U09: keeps cookies, and sends logins to their own host only', async () => {
    await using edge = await startProvider((_request, socket) => reply(socket, '200 OK', 'media'))
    await using portal = await startProvider(({ path }, socket) => {
      if (path === '/a') reply(socket, '302 Found', '', ['Location: /b', 'Set-Cookie: session=s; HttpOnly'])
      else redirectTo(edge.url('/c', 'edge.example'))(undefined as never, socket)
    })
    const stream = await openAnswer({
      ...requestOptions(),
      url: portal.url('/a', 'user:pass@portal.example'),
      headers: [
        ['User-Agent', 'kptv'],
        ['X-Token', 't'],
      ],
      lookup: lookupFrom({ 'portal.example': ['127.0.0.1'], 'edge.example': ['127.0.0.1'] }),
    })
    await collect(stream.body)
    const login = `Authorization: Basic ${Buffer.from('user:pass').toString('base64')}`
    const host = `Host: portal.example:${portal.port}`
    expect(portal.requests.map(({ lines }) => lines)).toEqual([
      [host, 'User-Agent: kptv', 'X-Token: t', login, 'Connection: close'],
      [host, 'User-Agent: kptv', 'X-Token: t', login, 'Cookie: session=s', 'Connection: close'],
    ])
    expect(edge.requests.map(({ lines }) => lines)).toEqual([
      [`Host: edge.example:${edge.port}`, 'User-Agent: kptv', 'Connection: close'],
    ])
  })

  test.each<[string, string, BufferEncoding, string]>([
    ['in UTF-8', '/kan\u00e4le', 'utf8', '/kan%C3%A4le'],
    ['in another charset', '/kan\u00e4le', 'latin1', '/kan%e4le'],
    ['with spaces', '/one two?a=b c', 'utf8', '/one%20two?a=b%20c'],
    ['with a single slash', 'http:/localhost:PORT/a', 'utf8', '/a'],
    ['with backslashes', 'http:\\\\localhost:PORT\\a', 'utf8', '/a'],
  ])('a location %s is understood', async (_name, location, charset, expected) => {
    await using provider = await startProvider(({ path }, socket) => {
      if (path !== '/x') return reply(socket, '200 OK', path)
      const text = location.replace('PORT', String(provider.port))
      socket.end(Buffer.from(`HTTP/1.1 302 Found\r\nLocation: ${text}\r\n\r\n`, charset))
    })
    const stream = await openAnswer({ ...requestOptions(), url: provider.url('/x') })
    expect(String(await collect(stream.body))).toBe(expected)
  })
})

describe('U01: a refused hop is never contacted', () => {
  test.each([
    ['http://10.0.0.1/', 'blocked-address'],
    ['http://169.254.169.254/latest/meta-data/', 'blocked-address'],
    ['http://[::ffff:10.0.0.1]/', 'blocked-address'],
    ['http://0x0a000001/', 'blocked-address'],
    ['//192.168.0.1/', 'blocked-address'],
    ['http://private.example/', 'blocked-address'],
    ['file:///etc/passwd', 'blocked-scheme'],
    ['ftp://127.0.0.1/', 'blocked-scheme'],
    ['unix:/var/run/redis.sock:/', 'blocked-scheme'],
    ['http://127.0.0.1:6379/', 'blocked-port'],
    ['http://[/', 'bad-url'],
  ])('%s', async (location, code) => {
    using sockets = watchClientSockets()
    await using provider = await startProvider(redirectTo(location))
    const lookup = lookupFrom({ 'portal.example': ['127.0.0.1'], 'private.example': ['10.0.0.1', 'fd00::1'] })
    const failure = await failureOf(
      openAnswer({ ...requestOptions(), url: provider.url('/', 'portal.example'), lookup }),
    )
    expect([failure.code, failure.failureClass]).toEqual([code, 'blocked'])
    expect([provider.connections, sockets.openNow]).toEqual([1, 0])
  })

  test('loopback, when only the source itself may be there', async () => {
    await using inner = await startProvider((_request, socket) => reply(socket, '200 OK', 'secret'))
    await using portal = await startProvider(redirectTo(inner.url('/', '127.0.0.1')))
    const allowAddress = createAddressPolicy({ allowedCidrs: [], allowedHosts: ['portal.example'] })
    const lookup = lookupFrom({ 'portal.example': ['127.0.0.1'] })
    const failure = await failureOf(
      openAnswer({ ...requestOptions(), url: portal.url('/', 'portal.example'), allowAddress, lookup }),
    )
    expect([failure.code, inner.connections]).toEqual(['blocked-address', 0])
  })

  test('a redirect without a location', async () => {
    await using provider = await startProvider((_request, socket) => reply(socket, '302 Found'))
    const failure = await failureOf(openAnswer({ ...requestOptions(), url: provider.url('/') }))
    expect(failure.code).toBe('bad-redirect')
  })

  test('U06: a line break in a location starts no new header', async () => {
    await using provider = await startProvider(({ path }, socket) =>
      path === '/' ? redirectTo('/x%0d%0aX-Evil:1')(undefined as never, socket) : reply(socket, '200 OK', path),
    )
    const stream = await openAnswer({ ...requestOptions(), url: provider.url('/') })
    expect(String(await collect(stream.body))).toBe('/x%0d%0aX-Evil:1')
    expect(provider.requests[1]?.lines).toHaveLength(2)
  })
})
