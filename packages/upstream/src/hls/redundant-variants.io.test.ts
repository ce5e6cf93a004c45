import { describe, expect, jest, test } from '@jest/globals'
import { eventually } from '@kptv/testkit'
import { playMedia } from '../../test-support/play-media.ts'
import { master, smallVod, startFiles, toTenths } from '../../test-support/small-vod.ts'

jest.setTimeout(60_000)

/** Plays to the end of the media, and returns how it ended. */
async function playToEnd(url: string) {
  await using player = await playMedia(url)
  await eventually('it ends', () => player.seen.error ?? player.seen.ended, { deadlineMs: 30_000 })
  const { code } = (player.seen.error ?? {}) as { readonly code?: string }
  return { code, mediaMs: toTenths(player.mediaMs()), inputs: player.seen.inputs }
}

/** Exactly the whole small VOD has come out. */
const WHOLE = { code: 'hls-finished', mediaMs: 1_500 }

describe('the same variant at another address', () => {
  test.each([
    ['503 Unavailable', true],
    ['403 Forbidden', true],
    ['404 Not Found', true],
    ['401 Unauthorized', true],
    ['500 Broken', true],
    ['429 Too Many', false],
  ])('is played when the first answers %s: %s', async (status, plays) => {
    const files = smallVod('second').set(
      '/master.m3u8',
      master([9, 'first.m3u8'], [9, 'second.m3u8'], [5, 'third.m3u8']),
    )
    await using provider = await startFiles(files, ({ path }) => (path === '/first.m3u8' ? status : undefined))
    const { code, mediaMs } = await playToEnd(provider.url('/master.m3u8'))
    expect(plays ? { code, mediaMs } : code).toEqual(plays ? WHOLE : 'too-many-requests')
    expect(provider.requests.map(({ path }) => path)).not.toContain('/third.m3u8')
  })

  test('is played when the first refuses connections', async () => {
    const gone = await startFiles(new Map())
    await gone[Symbol.asyncDispose]()
    const files = smallVod('second').set('/master.m3u8', master([9, gone.url('/first.m3u8')], [9, 'second.m3u8']))
    await using provider = await startFiles(files)
    expect(await playToEnd(provider.url('/master.m3u8'))).toMatchObject(WHOLE)
  })

  test('is played when the first host is busy, but not from the same host', async () => {
    await using busy = await startFiles(new Map(), () => '429 Too Many')
    const list = master([9, busy.url('/1.m3u8')], [9, busy.url('/2.m3u8')], [9, 'other.m3u8'])
    await using provider = await startFiles(smallVod('other').set('/master.m3u8', list))
    expect(await playToEnd(provider.url('/master.m3u8'))).toMatchObject(WHOLE)
    expect(busy.requests.length).toBe(1)
  })
})

test('a smaller variant is played when the best is refused', async () => {
  const files = smallVod('small').set('/master.m3u8', master([9, 'best.m3u8'], [1, 'small.m3u8']))
  await using provider = await startFiles(files, ({ path }) => (path === '/best.m3u8' ? '403 No' : undefined))
  expect(await playToEnd(provider.url('/master.m3u8'))).toMatchObject(WHOLE)
})

test('a variant whose segments are all missing is followed by the next one', async () => {
  const files = new Map([...smallVod('best'), ...smallVod('next')])
  files.set('/master.m3u8', master([9, 'best.m3u8'], [1, 'next.m3u8']))
  await using provider = await startFiles(files, ({ path }) => (path.startsWith('/best-') ? '404 Gone' : undefined))
  expect(await playToEnd(provider.url('/master.m3u8'))).toMatchObject({ ...WHOLE, inputs: 2 })
})

test('reports why the best variant failed when none is available', async () => {
  const files = new Map([['/master.m3u8', master([9, 'best.m3u8'], [1, 'next.m3u8'])]])
  await using provider = await startFiles(files, ({ path }) => (path === '/best.m3u8' ? '403 No' : undefined))
  expect(await playToEnd(provider.url('/master.m3u8'))).toMatchObject({ code: 'forbidden', mediaMs: 0 })
})

describe('a master behind a master', () => {
  const nested = (levels: number) => {
    const files = smallVod('media')
    for (let level = 1; level <= levels; level += 1) {
      files.set(`/${level}.m3u8`, master([9, level === levels ? 'media.m3u8' : `${level + 1}.m3u8`]))
    }
    return files
  }

  test.each([1, 2, 3])('%d levels are followed', async (levels) => {
    await using provider = await startFiles(nested(levels))
    expect(await playToEnd(provider.url('/1.m3u8'))).toMatchObject(WHOLE)
  })

  test('a loop ends', async () => {
    await using provider = await startFiles(new Map([['/1.m3u8', master([9, '1.m3u8'])]]))
    expect(await playToEnd(provider.url('/1.m3u8'))).toMatchObject({ code: 'hls-no-playlist' })
    expect(provider.requests.length).toBeLessThan(6)
  })
})

describe('a cookie of the first answer is sent with every later request', () => {
  const TOKEN = 'hdntl=exp~token'
  const guarded = (files: ReadonlyMap<string, string | Buffer>, first: string) =>
    startFiles(
      files,
      ({ path, lines }) => (path === first || lines.some((line) => line === `Cookie: ${TOKEN}`) ? undefined : '403 No'),
      (path) => (path === first ? [`Set-Cookie: ${TOKEN}; path=/`] : []),
    )

  test('a master', async () => {
    await using provider = await guarded(
      smallVod('media').set('/master.m3u8', master([9, 'media.m3u8'])),
      '/master.m3u8',
    )
    expect(await playToEnd(provider.url('/master.m3u8'))).toMatchObject(WHOLE)
  })

  test('a media playlist', async () => {
    await using provider = await guarded(smallVod('media'), '/media.m3u8')
    expect(await playToEnd(provider.url('/media.m3u8'))).toMatchObject(WHOLE)
  })

  test('a redirect before it', async () => {
    const files = smallVod('media').set('/start', '')
    await using provider = await startFiles(files, ({ path, lines }) => {
      if (path === '/start') return `302 Found\r\nLocation: /media.m3u8\r\nSet-Cookie: ${TOKEN}; path=/`
      return lines.includes(`Cookie: ${TOKEN}`) ? undefined : '403 No'
    })
    expect(await playToEnd(provider.url('/start'))).toMatchObject(WHOLE)
  })
})

describe('segments after something else', () => {
  const PNG = Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
    'base64',
  )
  test.each([
    ['a PNG', PNG],
    ['the header of a JPEG', Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 16, 0x4a, 0x46, 0x49, 0x46, 0])],
    ['a GIF', Buffer.from('GIF89a\x01\0\x01\0\0\0\0;')],
    ['the header of a BMP', Buffer.from('BM\x3a\0\0\0\0\0\0\0\x36\0\0\0')],
    ['zeros', Buffer.alloc(3_000)],
    ['one sync byte too many', Buffer.from([0x47])],
  ])('%s are found', async (_name, junk) => {
    const files = smallVod('media', (segment) => Buffer.concat([junk, segment]))
    await using provider = await startFiles(files, undefined, () => ['Content-Type: image/png'])
    expect(await playToEnd(provider.url('/media.m3u8'))).toMatchObject(WHOLE)
  })
})
