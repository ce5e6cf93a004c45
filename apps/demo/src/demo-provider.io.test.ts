import { describe, expect, test } from '@jest/globals'
import { hasRandomAccess, pidOf, StreamWatch } from '@kptv/mpegts'
import { CLIP_TICKS, loadDemoChannels } from './demo-channels.ts'
import { DEMO_LIMIT, startDemoProvider } from './demo-provider.ts'

const KEY_FRAMES = 10

const isKeyFrame = (packet: Buffer) => pidOf(packet, 0) === 0x100 && hasRandomAccess(packet, 0)

describe('the clips', () => {
  test.each(loadDemoChannels())('$name: whole packets, as long as its loop, ten key frames', ({ clip }) => {
    expect(clip.length % 188).toBe(0)
    expect(clip.length).toBeLessThanOrEqual(500 * 1024)
    const packets = Array.from({ length: clip.length / 188 }, (_, index) =>
      clip.subarray(index * 188, index * 188 + 188),
    )
    expect(packets.filter(isKeyFrame)).toHaveLength(KEY_FRAMES)
    // The last clock reference is a frame or two before the end of the loop.
    const watch = new StreamWatch()
    watch.push(clip)
    const { clockTicks } = watch.facts()
    expect(clockTicks).toBeLessThan(CLIP_TICKS)
    expect(clockTicks).toBeGreaterThan(CLIP_TICKS - 9_000)
  })
})

describe('the demo provider', () => {
  const get = (port: number, path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${port}${path}`, init)

  test('has the same three channels in both sources', async () => {
    await using provider = await startDemoProvider()
    const lists = await Promise.all(
      ['one', 'two'].map(async (source) => (await get(provider.port, `/${source}/playlist.m3u`)).text()),
    )
    expect(lists[0]?.match(/,Demo (Red|Green|Blue)$/gm)).toHaveLength(3)
    expect(lists[0]?.replaceAll('/one/', '/two/')).toBe(lists[1])
    expect(lists[0]).toContain(`http://127.0.0.1:${provider.port}/one/stream/red.ts`)
    expect(provider.sources).toBe(
      `http://127.0.0.1:${provider.port}/one/playlist.m3u|3,http://127.0.0.1:${provider.port}/two/playlist.m3u|3`,
    )
  })

  test('a stream starts with PAT, PMT and a key frame, at any moment of the clip', async () => {
    for (const momentMs of [0, 700, 5_500, 9_590, 9_610, 3_600_123]) {
      let now = 0
      await using provider = await startDemoProvider({ clock: { monotonicMs: () => now } })
      now = momentMs
      const response = await get(provider.port, '/one/stream/green.ts')
      const first = await response.body?.getReader().read()
      const bytes = Buffer.from(first?.value ?? [])
      const packets = [0, 1, 2].map((index) => bytes.subarray(index * 188, index * 188 + 188))
      expect(response.status).toBe(200)
      expect(packets.slice(0, 2).map((packet) => pidOf(packet, 0))).toEqual([0, 0x1000])
      expect(isKeyFrame(packets[2]!)).toBe(true)
    }
  })

  test('enforces its limit per source', async () => {
    await using provider = await startDemoProvider()
    const open = await Promise.all(
      Array.from({ length: DEMO_LIMIT + 1 }, () => get(provider.port, '/one/stream/red.ts')),
    )
    expect(open.map(({ status }) => status).sort()).toEqual([200, 200, 200, 509])
    expect((await get(provider.port, '/two/stream/red.ts')).status).toBe(200)
  })

  test('can switch a source off and on', async () => {
    await using provider = await startDemoProvider()
    const playing = await get(provider.port, '/one/stream/red.ts')
    await get(provider.port, '/one/off', { method: 'POST' })
    await expect(playing.arrayBuffer()).rejects.toThrow()
    expect((await get(provider.port, '/one/stream/red.ts')).status).toBe(503)
    await get(provider.port, '/one/on', { method: 'POST' })
    expect((await get(provider.port, '/one/stream/red.ts')).status).toBe(200)
  })

  test.each(['/', '/three/playlist.m3u', '/one/stream/black.ts', '/one/../two/x'])('%s is a 404', async (path) => {
    await using provider = await startDemoProvider()
    expect((await get(provider.port, path)).status).toBe(404)
  })

  test('has a guide that its list names, with what is on now', async () => {
    await using provider = await startDemoProvider()
    const list = await (await get(provider.port, '/one/playlist.m3u')).text()
    expect(list).toContain(`url-tvg="http://127.0.0.1:${provider.port}/one/guide.xml"`)
    const text = await (await get(provider.port, '/one/guide.xml')).text()
    expect(text.match(/<channel id="(red|green|blue).demo.kptv">/g)).toHaveLength(3)
    expect(text.match(/<programme /g)).toHaveLength(3 * 96)
    expect(text).toContain(new Date().toISOString().slice(0, 10).replaceAll('-', ''))
  })

  test('has a logo for each channel', async () => {
    await using provider = await startDemoProvider()
    const logo = await get(provider.port, '/two/logo/blue.svg')
    expect(logo.headers.get('content-type')).toContain('image/svg+xml')
    expect(await logo.text()).toMatch(/^<svg .*>B<\/text><\/svg>$/)
  })
})
