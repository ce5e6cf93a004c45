import { createHash } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import { collect, failureOf, listRequest, requestOptions } from '../test-support/requests.ts'
import { type ReceivedRequest, reply, startProvider } from '../test-support/start-provider.ts'
import { watchClientSockets } from '../test-support/watch-sockets.ts'
import { digestAuthorization, readDigestChallenge } from './digest-login.ts'
import { fetchPlaylist } from './fetch-playlist.ts'
import { openAnswer } from './open-stream.ts'

test('the examples of RFC 7616 section 3.9.1', () => {
  const field =
    'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=SHA-256, ' +
    'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS", ' +
    'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=MD5, ' +
    'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
  const about = {
    login: { user: 'Mufasa', password: 'Circle of Life' },
    method: 'GET',
    uri: '/dir/index.html',
    count: 1,
    clientNonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
  }
  const challenge = readDigestChallenge(field)!
  expect(challenge.algorithm).toBe('SHA-256')
  const sha = digestAuthorization(challenge, about)
  expect(sha).toContain('response="753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"')
  const md5 = digestAuthorization({ ...challenge, algorithm: 'MD5' }, about)
  expect(md5).toContain('response="8ca523f5e9506fed4657c9700eebdbec"')
})

test.each([
  ['nothing', undefined],
  ['Basic alone', 'Basic realm="tv"'],
  ['no realm', 'Digest nonce="x"'],
  ['no nonce', 'Digest realm="x"'],
  ['an unknown hash', 'Digest realm="x", nonce="y", algorithm=SHA-1'],
  ['an unknown quality', 'Digest realm="x", nonce="y", qop="token"'],
])('%s is not a challenge that can be answered', (_name, field) => {
  expect(readDigestChallenge(field)).toBeUndefined()
})

test.each([
  ['behind Basic', 'Basic realm="tv", Digest realm="tv", nonce="n"'],
  ['in front of Basic', 'Digest realm="tv", nonce="n", Basic realm="other"'],
  ['in lower case and without quotes', 'digest realm=tv,nonce=n'],
])('%s a challenge is found', (_name, field) => {
  expect(readDigestChallenge(field)).toMatchObject({ realm: 'tv', nonce: 'n' })
})

type Asking = {
  readonly algorithm?: string
  readonly qop?: string
  readonly userhash?: boolean
  readonly nonceOf?: (request: number) => string
}

/** Checks a login as a server does, with independent code; answers `media` if it is valid. */
async function startDigestProvider({
  algorithm,
  qop = 'auth',
  userhash = false,
  nonceOf = () => 'abc123',
}: Asking = {}) {
  let answered = 0
  const isRight = ({ path, lines }: ReceivedRequest): boolean => {
    const field = lines.find((line) => line.startsWith('Authorization: Digest ')) ?? ''
    const value = (name: string): string => new RegExp(`\\b${name}="?([^",]*)"?`).exec(field)?.[1] ?? ''
    const hash = (text: string): string =>
      createHash(algorithm?.startsWith('SHA-256') ? 'sha256' : 'md5')
        .update(text)
        .digest('hex')
    const login = hash('me:tv:p"w')
    const isSession = algorithm?.endsWith('-sess') === true
    const secret = isSession ? hash(`${login}:${value('nonce')}:${value('cnonce')}`) : login
    const middle = qop === '' ? '' : `:${value('nc')}:${value('cnonce')}:${value('qop')}`
    const about = value('qop') === 'auth-int' ? `GET:${path}:${hash('')}` : `GET:${path}`
    const right = hash(`${secret}:${value('nonce')}${middle}:${hash(about)}`)
    const isUser = value('username') === (userhash ? hash('me:tv') : 'me')
    return isUser && value('nonce') === nonceOf(answered) && value('uri') === path && value('response') === right
  }
  return startProvider((request, socket) => {
    const isAllowed = isRight(request)
    if (isAllowed) {
      answered += 1
      return reply(socket, '200 OK', 'media')
    }
    const parts = ['realm="tv"', `nonce="${nonceOf(answered)}"`, 'opaque="xyz"']
    if (qop !== '') parts.push(`qop="${qop}"`)
    if (userhash) parts.push('userhash=true')
    if (algorithm !== undefined) parts.push(`algorithm=${algorithm}`)
    reply(socket, '401 Unauthorized', '', [`WWW-Authenticate: Digest ${parts.join(', ')}`])
  })
}

describe('a provider that wants Digest', () => {
  test.each<[string, Asking]>([
    ['MD5', {}],
    ['MD5, named', { algorithm: 'MD5' }],
    ['SHA-256', { algorithm: 'SHA-256' }],
    ['a session key', { algorithm: 'MD5-sess' }],
    ['several qualities', { qop: 'auth,auth-int' }],
    ['a hash of the request alone', { qop: 'auth-int' }],
    ['a hash of the user', { algorithm: 'SHA-256', userhash: true }],
    ['a session key with SHA-256', { algorithm: 'SHA-256-sess', qop: 'auth-int' }],
    ['RFC 2069', { qop: '' }],
  ])('%s: stream and list are fetched, one connection at a time', async (_name, asking) => {
    using sockets = watchClientSockets()
    await using provider = await startDigestProvider(asking)
    const url = provider.url('/c.ts?a=b').replace('://', '://me:p%22w@')
    const stream = await openAnswer({ ...requestOptions(), url })
    expect(String(await collect(stream.body))).toBe('media')
    await stream.closed
    const fetched = await fetchPlaylist(listRequest(url))
    expect(fetched.outcome === 'body' && String(await collect(fetched.chunks))).toBe('media')
    expect(sockets.maxAtOnce).toBe(1)
  })

  test('a wrong password is reported after two challenges', async () => {
    await using provider = await startDigestProvider()
    const url = provider.url('/').replace('://', '://me:wrong@')
    expect(await failureOf(openAnswer({ ...requestOptions(), url }))).toMatchObject({ code: 'unauthorized' })
    expect(provider.requests.length).toBeLessThanOrEqual(3)
  })

  test('another host that asks for Digest gets no login', async () => {
    await using other = await startDigestProvider()
    await using first = await startProvider((_request, socket) =>
      reply(socket, '302 Found', '', [`Location: ${other.url('/', '127.0.0.1')}`]),
    )
    const url = first.url('/').replace('://', '://me:pw@')
    expect(await failureOf(openAnswer({ ...requestOptions(), url }))).toMatchObject({ code: 'unauthorized' })
    expect(other.requests.flatMap(({ lines }) => lines).filter((line) => /^authorization/i.test(line))).toEqual([])
  })
})
