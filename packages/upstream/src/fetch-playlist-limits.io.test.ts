import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import { collect, failureOf, listRequest } from '../test-support/requests.ts'
import { type AnswerRequest, reply, startProvider } from '../test-support/start-provider.ts'
import { watchClientSockets } from '../test-support/watch-sockets.ts'
import { type FetchPlaylistRequest, fetchPlaylist } from './fetch-playlist.ts'

const MIB = 1024 * 1024

async function download(answer: AnswerRequest, request: Partial<FetchPlaylistRequest> = {}) {
  using sockets = watchClientSockets()
  await using provider = await startProvider(answer)
  let received = 0
  const failure = await failureOf(
    (async () => {
      const fetched = await fetchPlaylist({ ...listRequest(provider.url('/')), ...request })
      if (fetched.outcome === 'body') for await (const chunk of fetched.chunks) received += chunk.length
    })(),
  )
  expect(sockets.openNow).toBe(0)
  return { code: failure.code, received }
}

const answerWith =
  (body: Buffer): AnswerRequest =>
  (_request, socket) =>
    reply(socket, '200 OK', body)

describe('size', () => {
  test('a download beyond the limit', async () => {
    const { code, received } = await download(answerWith(Buffer.alloc(MIB, '#')), {
      limits: { downloadBytes: 200_000 },
    })
    expect(code).toBe('too-large')
    expect(received).toBeLessThanOrEqual(200_000)
  })

  test('text beyond the limit', async () => {
    const body = gzipSync(Buffer.alloc(4 * MIB, '#EXTM3U, and so on'), { level: 1 })
    const { code, received } = await download(answerWith(body), { limits: { inflatedBytes: 2 * MIB, ratio: 1e9 } })
    expect(code).toBe('inflates-too-much')
    expect(received).toBeLessThanOrEqual(2 * MIB)
  })

  test('a bomb of 1000:1 is stopped soon after the first MiB', async () => {
    const { code, received } = await download(answerWith(gzipSync(Buffer.alloc(64 * MIB))))
    expect(code).toBe('inflates-too-much')
    expect(received).toBeLessThan(16 * MIB)
  })

  test('a bomb below the first MiB is a list like any other', async () => {
    await using provider = await startProvider(answerWith(gzipSync(Buffer.alloc(MIB - 1))))
    const fetched = await fetchPlaylist(listRequest(provider.url('/')))
    expect(fetched.outcome === 'body' && (await collect(fetched.chunks)).length).toBe(MIB - 1)
  })

  test('a hundred thousand members of gzip end like one', async () => {
    const member = gzipSync('#')
    const body = Buffer.concat([...Array<Buffer>(100_000).fill(member), member.subarray(0, 9)])
    const { code, received } = await download(answerWith(body))
    expect([code, received]).toEqual(['cut-off', 100_000])
  })
})

describe('time', () => {
  const drip: AnswerRequest = (_request, socket) => {
    socket.write('HTTP/1.1 200 OK\r\n\r\n')
    const timer = setInterval(() => socket.write('#'), 10)
    socket.on('close', () => clearInterval(timer))
  }

  test('no answer', async () => {
    expect((await download(() => {}, { timeoutMs: 1_000 })).code).toBe('response-timeout')
  })

  test('silence in the middle', async () => {
    const { code, received } = await download(
      (_request, socket) => void socket.write('HTTP/1.1 200 OK\r\n\r\n#EXTM3U\n'),
      { timeoutMs: 1_500 },
    )
    expect([code, received]).toEqual(['idle-timeout', 8])
  })

  test('a slow reader does not count as silence', async () => {
    await using provider = await startProvider(answerWith(Buffer.alloc(300_000, '#')))
    const fetched = await fetchPlaylist({ ...listRequest(provider.url('/')), timeoutMs: 1_500 })
    let received = 0
    if (fetched.outcome !== 'body') throw new Error('no body')
    for await (const chunk of fetched.chunks) {
      if (received === 0) await sleep(2_000)
      received += chunk.length
    }
    expect(received).toBe(300_000)
  })

  test('drops that never become a list', async () => {
    expect((await download(drip, { limits: { totalMs: 300 } })).code).toBe('total-timeout')
  })

  test('no answer until the very end', async () => {
    expect((await download(() => {}, { limits: { totalMs: 50 } })).code).toBe('total-timeout')
  })

  test('the signal ends it', async () => {
    const abort = new AbortController()
    setTimeout(() => abort.abort(), 50)
    expect((await download(drip, { signal: abort.signal })).code).toBe('aborted')
  })

  test.each([
    ['text', Buffer.alloc(300_000, '#')],
    ['gzip', gzipSync(Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 7919) % 251)))],
  ])('a reader that leaves early closes the connection (%s)', async (_name, start) => {
    using sockets = watchClientSockets()
    await using provider = await startProvider((_request, socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n')
      socket.write(start)
    })
    const fetched = await fetchPlaylist(listRequest(provider.url('/')))
    if (fetched.outcome === 'body') for await (const _chunk of fetched.chunks) break
    expect(sockets.openNow).toBe(0)
  })
})
