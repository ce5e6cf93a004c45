import { Buffer } from 'node:buffer'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { inspect } from 'node:util'
import { describe, expect, test } from '@jest/globals'
import { createSelfSignedCertificate } from '@kptv/testkit'
import { collect, failureOf, lookupFrom, requestOptions } from '../test-support/requests.ts'
import { type AnswerRequest, reply, startProvider } from '../test-support/start-provider.ts'
import { watchClientSockets } from '../test-support/watch-sockets.ts'
import { type OpenStreamRequest, openAnswer } from './open-stream.ts'
import type { UpstreamError } from './upstream-error.ts'

const CANARY = 'CANARYp'
/** Every part that can hold a login has one. */
const secretUrl = (url: string): string =>
  `${url.replace('://', `://CANARYu:${CANARY}@`)}live/CANARYu/${CANARY}/1.ts?token=${CANARY}#${CANARY}`

/**
 * Opens and reads to the end; checks for every failure that it reveals no secret and leaves no
 * socket.
 */
async function failureAt(answer: AnswerRequest, options: Partial<OpenStreamRequest> = {}): Promise<UpstreamError> {
  using sockets = watchClientSockets()
  await using provider = await startProvider(answer)
  const request = { ...requestOptions(), headers: [['X-Token', CANARY]] as const, ...options }
  const failure = await failureOf(
    (async () => {
      const stream = await openAnswer({ ...request, url: options.url ?? secretUrl(provider.url('/')) })
      try {
        await collect(stream.body)
      } finally {
        await stream.closed
      }
    })(),
  )
  expect(sockets.openNow).toBe(0)
  expectNoSecret(failure)
  return failure
}

function expectNoSecret(failure: UpstreamError): void {
  const shown = `${inspect(failure, { depth: 20, showHidden: true })} ${failure.stack} ${JSON.stringify(failure)}`
  const encoded = ['CANARY', Buffer.from(`CANARYu:${CANARY}`).toString('base64')]
  expect(encoded.filter((secret) => shown.includes(secret))).toEqual([])
}

const raw =
  (text: string): AnswerRequest =>
  (_request, socket) =>
    void socket.end(text, 'latin1')

describe('invalid answers', () => {
  test.each([
    ['401 Unauthorized', 'unauthorized', 'denied'],
    ['403 Forbidden', 'forbidden', 'denied'],
    ['404 Not Found', 'not-found', 'gone'],
    ['429 Too Many', 'too-many-requests', 'busy'],
    ['509 Limit', 'limit-reached', 'busy'],
    ['500 Oops', 'provider-error', 'passing'],
    ['204 No Content', 'empty-answer', 'not-media'],
    ['304 Not Modified', 'unexpected-answer', 'not-media'],
  ])('%s', async (status, code, failureClass) => {
    const failure = await failureAt((_request, socket) =>
      reply(socket, status, '', ['Retry-After: 7', 'WWW-Authenticate: Basic realm="CANARYp"']),
    )
    expect(failure).toMatchObject({ code, failureClass, status: Number(status.slice(0, 3)), retryAfterMs: 7_000 })
  })

  test('U09: a challenge is not answered with a second request', async () => {
    using sockets = watchClientSockets()
    await failureAt((_request, socket) => reply(socket, '401 No', '', ['WWW-Authenticate: Digest nonce="x"']))
    expect(sockets.opened).toBe(1)
  })

  test.each([
    ['no HTTP at all', `${'\x47'.repeat(1_000)}`, 'not-http'],
    ['U10: HTTP/2 without asking', '\0\0\x12\x04\0\0\0\0\0\0\x03\0\0\0\x64', 'not-http'],
    ['U04: 1 MB of header', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(1_000_000)}\r\n\r\n`, 'headers-too-large'],
    ['hang-up without a word', '', 'connection-reset'],
    ['hang-up in the header', 'HTTP/1.1 200 OK\r\nX:', 'connection-reset'],
  ])('%s', async (_name, text, code) => {
    expect((await failureAt(raw(text))).code).toBe(code)
  })

  test('U04: endless header lines', async () => {
    const failure = await failureAt((_request, socket) => {
      socket.write('HTTP/1.1 200 OK\r\n')
      const more = () => {
        while (!socket.destroyed && socket.write(`X-${'y'.repeat(1_000)}: z\r\n`));
      }
      socket.on('drain', more)
      more()
    })
    expect(failure.code).toBe('headers-too-large')
  })
})

describe('in the middle of the body', () => {
  const packets = '\x47'.repeat(188 * 3 + 77)

  test.each<[string, AnswerRequest]>([
    [
      'U08: a reset within a packet',
      (_request, socket) => {
        socket.write(`HTTP/1.1 200 OK\r\n\r\n${packets}`, 'latin1', () =>
          setTimeout(() => socket.resetAndDestroy(), 20),
        )
      },
    ],
    ['U05: less than the promised length', raw(`HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n${packets}`)],
    ['chunks without an end', raw('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc')],
    ['U12: a chunk size that is none', raw('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n')],
    [
      'U12: a huge chunk size',
      raw(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n${'f'.repeat(40)}\r\n`),
    ],
  ])('%s', async (_name, answer) => {
    expect(await failureAt(answer)).toMatchObject({ code: 'cut-off', failureClass: 'passing' })
  })

  test('U05: more than the promised length never reaches the reader', async () => {
    await using provider = await startProvider(
      raw('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcdefHTTP/1.1 200 OK\r\n\r\n'),
    )
    const stream = await openAnswer({ ...requestOptions(), url: provider.url('/') })
    const received = await collect(stream.body).catch((error: UpstreamError) => error.code)
    expect(['abc', 'cut-off']).toContain(String(received))
    await stream.closed
  })

  test('U07: silence after the header is not judged here: the stream opens', async () => {
    await using provider = await startProvider((_request, socket) => void socket.write('HTTP/1.1 200 OK\r\n\r\n'))
    const stream = await openAnswer({ ...requestOptions(), url: provider.url('/') })
    expect(stream.body.readableLength).toBe(0)
    await stream.close()
  })
})

describe('no answer', () => {
  test('connection refused', async () => {
    const gone = await startProvider(() => {})
    await gone[Symbol.asyncDispose]()
    const failure = await failureAt(() => {}, { url: secretUrl(gone.url('/')) })
    expect(failure.code).toBe('connection-refused')
  })

  test('the name does not exist', async () => {
    const failure = await failureAt(() => {}, { url: secretUrl('http://nowhere.example/'), lookup: lookupFrom({}) })
    expect(failure.code).toBe('dns-not-found')
  })

  test('name resolution hangs', async () => {
    const failure = await failureAt(() => {}, {
      url: secretUrl('http://slow.example/'),
      lookup: () => {},
      timeouts: { connectMs: 50, responseMs: 60_000 },
    })
    expect(failure.code).toBe('connect-timeout')
  })

  test('connected, then silence', async () => {
    const failure = await failureAt(() => {}, { timeouts: { connectMs: 60_000, responseMs: 50 } })
    expect(failure.code).toBe('response-timeout')
  })

  test('aborted while waiting', async () => {
    const abort = new AbortController()
    const failure = await failureAt(() => abort.abort(), { signal: abort.signal })
    expect(failure.code).toBe('aborted')
  })
})

describe('TLS', () => {
  const certificate = createSelfSignedCertificate()
  const answer: AnswerRequest = (_request, socket) => reply(socket, '200 OK', 'media')

  test('an untrusted certificate is refused, and accepted once the machine trusts it', async () => {
    await using provider = await startProvider(answer, { tls: certificate })
    const url = secretUrl(provider.url('/'))
    const failure = await failureOf(openAnswer({ ...requestOptions(), url }))
    expect(failure).toMatchObject({ code: 'tls-untrusted', failureClass: 'blocked' })
    expectNoSecret(failure)
    expect(provider.requests).toEqual([])

    const trusted = getCACertificates('default')
    setDefaultCACertificates([...trusted, certificate.cert])
    try {
      const stream = await openAnswer({ ...requestOptions(), url })
      expect(String(await collect(stream.body))).toBe('media')
      await stream.closed
    } finally {
      setDefaultCACertificates(trusted)
    }
  })

  test('a self-signed certificate is accepted from a source that allows it, even after a redirect', async () => {
    await using media = await startProvider(answer, { tls: createSelfSignedCertificate() })
    const redirect: AnswerRequest = (_request, socket) =>
      reply(socket, '302 Found', '', [`Location: ${media.url('/')}`])
    await using provider = await startProvider(redirect, { tls: certificate })
    const stream = await openAnswer({ ...requestOptions(), url: secretUrl(provider.url('/')), tls: 'insecure' })
    expect(String(await collect(stream.body))).toBe('media')
    await stream.closed
    const next = await failureOf(openAnswer({ ...requestOptions(), url: provider.url('/'), tls: 'verify' }))
    expect(next.code).toBe('tls-untrusted')
  })

  test('U10: a server with only old TLS', async () => {
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const
    await using provider = await startProvider(answer, { tls: { ...certificate, ...old } })
    const failure = await failureOf(openAnswer({ ...requestOptions(), url: provider.url('/') }))
    expect(failure.code).toBe('tls-failed')
  })
})
