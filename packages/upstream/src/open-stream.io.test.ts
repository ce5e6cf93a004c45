import { once } from 'node:events'
import type net from 'node:net'
import os from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from '@jest/globals'
import { collect, failureOf, lookupFrom, requestOptions } from '../test-support/requests.ts'
import { reply, startProvider } from '../test-support/start-provider.ts'
import { watchClientSockets } from '../test-support/watch-sockets.ts'
import { createAddressPolicy } from './address-policy.ts'
import { openAnswer } from './open-stream.ts'

const PACKETS = Buffer.alloc(188 * 100, 0x47)

describe('a stream', () => {
  test('arrives as raw bytes, and reports what the provider declares', async () => {
    await using provider = await startProvider((_request, socket) => {
      reply(socket, '200 OK', PACKETS, ['Content-Type: video/mp2t', 'Content-Encoding: gzip'])
    })
    const stream = await openAnswer({ ...requestOptions(), url: provider.url('/live/1.ts') })
    expect(stream.headers['content-type']).toBe('video/mp2t')
    expect(await collect(stream.body)).toEqual(PACKETS)
    await stream.closed
  })

  test('is requested by GET with the configured fields only, without compression or keep-alive', async () => {
    await using provider = await startProvider((_request, socket) => reply(socket, '200 OK'))
    await using stream = closing(
      await openAnswer({ ...requestOptions(), url: provider.url('/x?t=1#f'), headers: [['User-Agent', 'kptv/1']] }),
    )
    await collect(stream.body)
    expect(provider.requests).toEqual([
      { path: '/x?t=1', lines: [`Host: localhost:${provider.port}`, 'User-Agent: kptv/1', 'Connection: close'] },
    ])
  })

  test.each([
    ['without a length, until the connection ends', [], PACKETS, PACKETS.length],
    ['with its length', [`Content-Length: ${PACKETS.length}`], PACKETS, PACKETS.length],
    ['as 206 that nobody asked for', ['Content-Range: bytes 0-1/2'], PACKETS, PACKETS.length],
    ['in chunks', ['Transfer-Encoding: chunked'], Buffer.from('3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n'), 5],
  ])('ends cleanly %s', async (name, headers, body, length) => {
    await using provider = await startProvider((_request, socket) =>
      reply(socket, name.includes('206') ? '206 Partial Content' : '200 OK', body, headers),
    )
    const stream = await openAnswer({ ...requestOptions(), url: provider.url('/') })
    expect((await collect(stream.body)).length).toBe(length)
    await stream.closed
  })

  test('T21: stops reading from the provider while its reader stops', async () => {
    let written = 0
    await using provider = await startProvider((_request, socket) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      const chunk = Buffer.alloc(64 * 1024)
      const push = () => {
        while (written < 64 * 1024 * 1024 && socket.write(chunk)) written += chunk.length
      }
      socket.on('drain', push)
      push()
    })
    await using stream = closing(await openAnswer({ ...requestOptions(), url: provider.url('/') }))
    stream.body.read(0)
    let before = -1
    while (before !== written) {
      before = written
      await sleep(50)
    }
    expect(written).toBeLessThan(64 * 1024 * 1024)
    expect(stream.body.readableLength).toBeLessThan(1024 * 1024)
  })
})

describe('close', () => {
  const endless = (_request: unknown, socket: net.Socket) => {
    socket.write('HTTP/1.1 200 OK\r\n\r\n')
    socket.write(PACKETS)
  }

  test('resolves when the socket is gone, even for callers that wait for closed', async () => {
    using sockets = watchClientSockets()
    await using provider = await startProvider(endless)
    const stream = await openAnswer({ ...requestOptions(), url: provider.url('/') })
    await once(stream.body, 'readable')
    await stream.close()
    await stream.closed
    await stream.close()
    expect(sockets.openNow).toBe(0)
  })

  test('destroying the body, or leaving its loop, closes too', async () => {
    using sockets = watchClientSockets()
    await using provider = await startProvider(endless)
    const destroyed = await openAnswer({ ...requestOptions(), url: provider.url('/') })
    destroyed.body.destroy()
    await destroyed.closed
    const left = await openAnswer({ ...requestOptions(), url: provider.url('/') })
    for await (const _chunk of left.body) break
    await left.closed
    expect(sockets.openNow).toBe(0)
  })

  test('the signal ends a running stream with its own error code', async () => {
    await using provider = await startProvider(endless)
    const abort = new AbortController()
    const stream = await openAnswer({ ...requestOptions(), url: provider.url('/'), signal: abort.signal })
    const failed = failureOf(collect(stream.body))
    abort.abort()
    expect((await failed).code).toBe('aborted')
    await stream.closed
  })

  test('a signal given before opens nothing', async () => {
    using sockets = watchClientSockets()
    const failure = await failureOf(
      openAnswer({ ...requestOptions(), url: 'http://localhost:9999/', signal: AbortSignal.abort() }),
    )
    expect([failure.code, sockets.opened]).toEqual(['aborted', 0])
  })
})

describe('addresses', () => {
  const answer = (_request: unknown, socket: net.Socket) => reply(socket, '200 OK', 'x')
  const hasIpv6 = Object.values(os.networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'))
  const testIpv6 = hasIpv6 ? test : test.skip

  test('U02: of mixed answers only the allowed one is tried', async () => {
    using sockets = watchClientSockets()
    await using provider = await startProvider(answer)
    const lookup = lookupFrom({ 'mixed.example': ['10.0.0.1', '169.254.169.254', '127.0.0.1'] })
    const stream = await openAnswer({ ...requestOptions(), url: provider.url('/', 'mixed.example'), lookup })
    await collect(stream.body)
    expect([sockets.opened, provider.connections]).toEqual([1, 1])
  })

  test('U02: a name that resolves differently the second time is still connected to the checked address', async () => {
    await using provider = await startProvider(answer)
    let asked = 0
    const strict = createAddressPolicy({ allowedCidrs: [], allowedHosts: [] })
    const failure = await failureOf(
      openAnswer({
        ...requestOptions(),
        url: provider.url('/', 'rebinding.example'),
        allowAddress: strict,
        lookup: (hostname, options, callback) => {
          asked += 1
          lookupFrom({ [hostname]: [asked === 1 ? '127.0.0.1' : '8.8.8.8'] })(hostname, options, callback)
        },
      }),
    )
    expect([failure.code, asked, provider.connections]).toEqual(['blocked-address', 1, 0])
  })

  test("a source's own host may be anywhere", async () => {
    await using provider = await startProvider(answer)
    const allowAddress = createAddressPolicy({ allowedCidrs: [], allowedHosts: ['nas.lan'] })
    const lookup = lookupFrom({ 'nas.lan': ['127.0.0.1'] })
    const stream = await openAnswer({ ...requestOptions(), url: provider.url('/', 'nas.lan'), allowAddress, lookup })
    expect(String(await collect(stream.body))).toBe('x')
  })

  testIpv6('U11: IPv6 only, by name and by literal', async () => {
    await using provider = await startProvider(answer, { address: '::1' })
    for (const host of ['six.example', '[::1]']) {
      const lookup = lookupFrom({ 'six.example': ['::1'] })
      const stream = await openAnswer({ ...requestOptions(), url: provider.url('/', host), lookup })
      expect(String(await collect(stream.body))).toBe('x')
    }
    expect(provider.connections).toBe(2)
  })

  test('U11: a dead address before a living one costs an attempt, not a second connection', async () => {
    using sockets = watchClientSockets()
    await using provider = await startProvider(answer)
    // There is no listener, so the attempt is refused and the next address is tried.
    const lookup = lookupFrom({ 'dual.example': ['127.0.0.2', '::1', '127.0.0.1'] })
    const stream = await openAnswer({ ...requestOptions(), url: provider.url('/', 'dual.example'), lookup })
    expect(String(await collect(stream.body))).toBe('x')
    expect([provider.connections, sockets.maxAtOnce]).toEqual([1, 1])
  })
})

function closing<T extends { close(): Promise<void> }>(stream: T): T & AsyncDisposable {
  return Object.assign(stream, { [Symbol.asyncDispose]: () => stream.close() })
}
