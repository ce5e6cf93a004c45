import type net from 'node:net'
import { describe, expect, jest, test } from '@jest/globals'
import { eventually } from '@kptv/testkit'
import { playMedia } from '../../test-support/play-media.ts'
import { collect, failureOf, lookupFrom, requestOptions } from '../../test-support/requests.ts'
import { type ReceivedRequest, reply, startProvider } from '../../test-support/start-provider.ts'
import { watchClientSockets } from '../../test-support/watch-sockets.ts'
import { createHlsRequests } from './hls-requests.ts'

jest.setTimeout(60_000)

const list = (...lines: string[]): string => ['#EXTM3U', ...lines, ''].join('\n')
const segments = (...lines: string[]): string => list('#EXT-X-TARGETDURATION:1', ...lines)

/** A provider that has these bodies; a number is a status. Its catalogue address is `/`. */
function startPaths(paths: Record<string, string | Buffer | number>) {
  return startProvider(({ path }: ReceivedRequest, socket: net.Socket) => {
    const found = paths[path] ?? 404
    if (typeof found === 'number') return reply(socket, `${found} Because`)
    reply(socket, '200 OK', found, [`Content-Length: ${Buffer.byteLength(found)}`])
  })
}

async function codeFor(paths: Record<string, string | Buffer | number>): Promise<unknown> {
  await using provider = await startPaths(paths)
  await using player = await playMedia(provider.url('/'))
  return await eventually('it fails', () => (player.seen.error as { readonly code: string } | undefined)?.code)
}

describe('refused, with a reason', () => {
  const encrypted = (key: string) => segments(`#EXT-X-KEY:METHOD=AES-128,URI="${key}"`, '#EXTINF:1,', 'a.ts')
  const ADDRESS = 'http://10.0.0.1/x'

  test.each<[string, Record<string, string | Buffer | number>, string]>([
    ['H01: a master of nothing', { '/': list('#EXT-X-INDEPENDENT-SEGMENTS') }, 'hls-no-variant'],
    ['H01: only audio playlists', { '/': list('#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",URI="a"') }, 'hls-no-variant'],
    [
      'audio in a playlist of its own, where no ffmpeg is',
      { '/': list('#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",URI="a"', '#EXT-X-STREAM-INF:BANDWIDTH=1,AUDIO="a"', 'v') },
      'hls-audio-needs-ffmpeg',
    ],
    ['H02: a variant in a private network', { '/': list('#EXT-X-STREAM-INF:BANDWIDTH=1', ADDRESS) }, 'blocked-address'],
    ['H02: a segment in a private network', { '/': segments('#EXTINF:1,', ADDRESS) }, 'blocked-address'],
    ['H08: a key in a private network', { '/': encrypted(ADDRESS) }, 'blocked-address'],
    ['H08: a key in a file', { '/': encrypted('file:///etc/passwd') }, 'blocked-scheme'],
    ['H08: a key of 15 bytes', { '/': encrypted('k'), '/k': Buffer.alloc(15) }, 'hls-bad-key'],
    ['H08: a key of 17 bytes', { '/': encrypted('k'), '/k': Buffer.alloc(17) }, 'hls-bad-key'],
    ['H08: a key of 3 bytes in its address', { '/': encrypted('data:;base64,AAAA') }, 'hls-bad-key'],
    [
      'H08: a key that is not there',
      { '/': `${encrypted('k')}#EXTINF:1,\nb.ts\n#EXTINF:1,\nc.ts\n` },
      'hls-segments-missing',
    ],
    [
      'H08: another method',
      { '/': segments('#EXT-X-KEY:METHOD=SAMPLE-AES,URI="k"', '#EXTINF:1,', 'a.ts') },
      'hls-encryption',
    ],
    ['H12: a range that cannot be', { '/': segments('#EXT-X-BYTERANGE:-5@1', '#EXTINF:1,', 'a.ts') }, 'hls-bad-range'],
    ['H14: a playlist of 3 MB', { '/': segments('#EXTINF:1,\na.ts\n'.repeat(200_000)) }, 'too-large'],
    [
      'a variant that is a page',
      { '/': list('#EXT-X-STREAM-INF:BANDWIDTH=1', 'v'), '/v': '<html>' },
      'hls-no-playlist',
    ],
    ['an address that is none', { '/': segments('#EXTINF:1,', 'http://[') }, 'bad-url'],
    ['H03: no segments at all', { '/': segments() }, 'hls-empty'],
  ])('%s', async (_, paths, code) => {
    expect(await codeFor(paths)).toBe(code)
  })

  test('nothing of the address is revealed', async () => {
    await using provider = await startPaths({ '/SECRET': segments('#EXTINF:1,', 'http://u:SECRET@10.0.0.1/SECRET') })
    await using player = await playMedia(provider.url('/SECRET'))
    const error = await eventually('it fails', () => player.seen.error)
    expect(String(error)).toBe('UpstreamError: blocked-address: http://10.0.0.1/…')
  })

  test('a variant that is gone leaves the next one', async () => {
    const paths = {
      '/': list('#EXT-X-STREAM-INF:BANDWIDTH=2', 'best', '#EXT-X-STREAM-INF:BANDWIDTH=1', 'other'),
      '/other': segments('#EXT-X-ENDLIST', '#EXTINF:1,', ADDRESS),
    }
    expect(await codeFor(paths)).toBe('blocked-address')
  })

  test('a finished VOD is not a failure to retry', async () => {
    const packets = Buffer.alloc(188 * 20)
    for (let at = 0; at < packets.length; at += 188) packets.writeUInt32BE(0x471fff10, at)
    expect(await codeFor({ '/': segments('#EXTINF:1,', 'a.ts', '#EXT-X-ENDLIST'), '/a.ts': packets })).toBe(
      'hls-finished',
    )
  })
})

describe('H02, H15: each request of a session, like the first', () => {
  const location = (status: string, to: string) => (socket: net.Socket) =>
    reply(socket, status, '', [`Location: ${to}`])

  test.each([
    ['in a private network', 'http://10.0.0.1/x', 'blocked-address'],
    ['of a file', 'file:///etc/passwd', 'blocked-scheme'],
  ])('a segment that redirects to an address %s', async (_, to, code) => {
    await using provider = await startProvider(({ path }, socket) =>
      path === '/' ? reply(socket, '200 OK', segments('#EXTINF:1,', 'a.ts')) : location('302 Found', to)(socket),
    )
    await using player = await playMedia(provider.url('/'))
    await eventually('it fails', () => player.seen.error)
    expect(player.seen.error).toMatchObject({ code, failureClass: 'blocked' })
  })

  test('a variant that redirects to itself is left after eight', async () => {
    await using provider = await startProvider(({ path }, socket) =>
      path === '/'
        ? reply(socket, '200 OK', list('#EXT-X-STREAM-INF:BANDWIDTH=1', 'v'))
        : location('302 Found', path)(socket),
    )
    await using player = await playMedia(provider.url('/'))
    await eventually('it fails', () => player.seen.error)
    expect(player.seen.error).toMatchObject({ code: 'too-many-redirects' })
    expect(provider.requests.filter(({ path }) => path === '/v').length).toBe(9)
  })

  test('another host gets neither the login nor the fields of the first, and keeps separate cookies', async () => {
    await using media = await startPaths({ '/v': segments('#EXTINF:1,', 'a.ts'), '/a.ts': 404 })
    const master = list('#EXT-X-STREAM-INF:BANDWIDTH=1', media.url('/v', 'media.example'))
    await using portal = await startProvider((_request, socket) =>
      reply(socket, '200 OK', master, [`Content-Length: ${master.length}`, 'Set-Cookie: session=s']),
    )
    await using player = await playMedia(portal.url('/', 'user:pass@portal.example'), {
      headers: [
        ['User-Agent', 'kptv/1'],
        ['X-Token', 't'],
      ],
      lookup: lookupFrom({ 'portal.example': ['127.0.0.1'], 'media.example': ['127.0.0.1'] }),
    })
    await eventually('it fails', () => player.seen.error)
    const names = (lines: readonly string[]): string[] => lines.map((line) => line.split(':')[0]!)
    expect(names(portal.requests[0]!.lines)).toEqual(expect.arrayContaining(['Authorization', 'X-Token']))
    expect(media.requests.length).toBeGreaterThan(1)
    for (const { lines } of media.requests) {
      expect(names(lines).filter((name) => ['Authorization', 'X-Token', 'Cookie'].includes(name))).toEqual([])
      expect(lines).toContain('User-Agent: kptv/1')
    }
  })
})

describe('H07: an endless segment', () => {
  const ask = async (limits: { readonly bytes: number; readonly waitingMs: number }) => {
    using sockets = watchClientSockets()
    await using provider = await startProvider((_request, socket) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      const feed = setInterval(() => socket.write(Buffer.alloc(10_000)), 10)
      socket.once('close', () => clearInterval(feed))
    })
    const url = provider.url('/')
    const requests = createHlsRequests({ ...requestOptions(), url }, limits)
    const { code } = await failureOf(collect(requests.resource(new URL(url), undefined)))
    await requests.close()
    return [code, sockets.openNow]
  }

  test('ends at its byte limit', async () => {
    expect(await ask({ bytes: 100_000, waitingMs: 60_000 })).toEqual(['too-large', 0])
  })

  test('ends at its time limit', async () => {
    expect(await ask({ bytes: 1_000_000_000, waitingMs: 200 })).toEqual(['total-timeout', 0])
  })
})
