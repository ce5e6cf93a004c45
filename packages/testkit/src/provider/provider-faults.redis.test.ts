import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { eventually } from '../eventually.ts'
import { openViewer } from '../network/viewers.ts'
import { hasPrograms } from '../process/has-programs.ts'
import { createTransportStreamMaker } from '../transport-stream/transport-stream-maker.ts'
import { type FakeProvider, startFakeProvider } from './fake-provider.ts'

let provider: FakeProvider
beforeEach(async () => {
  const accounts = [
    { user: 'a', password: 'p', limit: 9 },
    { user: 'b', password: 'p', limit: 9 },
  ]
  const entries = [
    { streamId: '1', name: 'One' },
    { streamId: '2', name: 'Two' },
  ]
  provider = await startFakeProvider({ accounts, entries })
})
afterEach(() => provider.stop())

const open = (streamId = '1', user = 'a') => openViewer(provider.streamUrl(streamId, user))

describe('no stream at all', () => {
  test('refused, everywhere: the port is closed, and open again afterwards', async () => {
    await using before = await open()
    provider.setFaults({ refuseConnections: true })
    await expect(open()).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    const bytes = before.bytes()
    await before.waitForBytes(bytes + 50_000)
    provider.clearFaults()
    expect((await open()).status).toBe(200)
  })

  test('refused for one channel: the connection is reset after the request', async () => {
    provider.setFaults({ refuseConnections: true }, { streamId: '1' })
    await expect(open('1')).rejects.toMatchObject({ code: 'ECONNRESET' })
    expect((await open('2')).status).toBe(200)
  })

  test('a status, for an account, a channel, or both', async () => {
    provider.setFaults({ status: { code: 503, retryAfterSeconds: 3, body: 'later' } }, { user: 'a' })
    provider.setFaults({ status: { code: 410 } }, { user: 'a', streamId: '2' })
    const answer = await open('1', 'a')
    await answer.waitForEnd()
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '3' } })
    expect(answer.body().toString()).toBe('later')
    expect((await open('2', 'a')).status).toBe(410)
    expect((await open('1', 'b')).status).toBe(200)
  })

  test('HTML under 200', async () => {
    provider.setFaults({ htmlInsteadOfMedia: true })
    await using viewer = await open()
    expect(await viewer.waitForEnd()).toBe('end')
    expect(viewer).toMatchObject({ status: 200, headers: { 'content-type': 'video/mp2t' } })
    expect(viewer.body().toString()).toContain('<h1>')
  })

  test('redirects with expiring tokens', async () => {
    provider.setFaults({ redirect: { hops: 2, tokenLifetimeMs: 5_000 } })
    const first = await open()
    expect(first.status).toBe(302)
    const second = await openViewer(provider.url + first.headers.location)
    expect(second.status).toBe(302)
    expect((await openViewer(provider.url + second.headers.location)).status).toBe(200)
    await sleep(5_100)
    expect((await openViewer(provider.url + second.headers.location)).status).toBe(403)
    expect(provider.truth().channels['1']).toMatchObject({ attempts: 1 })
  })

  test('a slow first byte', async () => {
    provider.setFaults({ firstByteDelayMs: 400 })
    expect((await open()).headersAfterMs).toBeGreaterThan(350)
  })
})

describe('faults of a stream, even during playback', () => {
  test('it stalls, and continues', async () => {
    await using viewer = await open()
    await viewer.waitForBytes(100_000)
    provider.setFaults({ stall: true })
    let bytes = 0
    await eventually('nothing comes any more', async () => {
      bytes = viewer.bytes()
      await sleep(300)
      return viewer.bytes() === bytes
    })
    expect(viewer.ended()).toBeUndefined()
    provider.clearFaults()
    await viewer.waitForBytes(bytes + 10_000)
  })

  test('null packets only', async () => {
    provider.setFaults({ nullPacketsOnly: true })
    await using viewer = await open()
    await viewer.waitForBytes(50_000)
    expect(viewer.report()).toMatchObject({ mediaPackets: 0, misalignedBytes: 0 })
  })

  test('trickle: whole packets, in order, far too slow', async () => {
    provider.setFaults({ trickleBytesPerSecond: 20_000 })
    const askedAtMs = performance.now()
    await using viewer = await open()
    await viewer.waitForBytes(20_000)
    expect(performance.now() - askedAtMs).toBeGreaterThan(800)
    expect(viewer.report()).toMatchObject({ misalignedBytes: 0, continuity: { errors: 0 } })
  })

  test('junk before the first packet', async () => {
    provider.setFaults({ junkBytesBeforeSync: 1_000 })
    await using viewer = await open()
    await viewer.waitForBytes(100_000)
    expect(viewer.report()).toMatchObject({ misalignedBytes: 1_000, sequence: { lost: 0 } })
  })

  test('partial packets', async () => {
    await using viewer = await open()
    await viewer.waitForBytes(100_000)
    provider.setFaults({ partialPackets: true })
    await eventually('the checker sees them', () => viewer.report().misalignedBytes > 0)
  })

  test('its clock restarts within the same response', async () => {
    await using viewer = await open()
    await viewer.waitForBytes(300_000)
    provider.resetTimeStamps({ streamId: '1' })
    await eventually('the clock steps back', () => viewer.report().clocks.pcrBackward === 1)
    expect(viewer.report().sequence.repeated).toBe(0)
  })

  test('it repeats its last seconds on each connection', async () => {
    await using first = await open()
    await sleep(1_500)
    provider.setFaults({ replaySeconds: 2 })
    await using viewer = await open()
    await viewer.waitForBytes(450_000)
    const [ofFirst, ofSecond] = [first, viewer].map((one) => one.report().sequence.streams[0]!)
    expect(ofSecond!.lost).toBe(0)
    // Of the first viewer's burst too there is something in the last two seconds.
    expect(ofSecond!.firstSequence).toBeLessThan(ofFirst!.lastSequence - 1_000)
  })

  test.each([
    ['reset', 'broken'],
    ['destroy', 'broken'],
    ['end', 'end'],
  ] as const)('cut: %s', async (how, seen) => {
    await using viewer = await open('1')
    await using other = await open('2')
    expect(provider.cut(how, { streamId: '1' })).toBe(1)
    expect(await viewer.waitForEnd()).toBe(seen)
    await eventually('the provider has closed one', () => provider.truth().openStreams === 1)
    expect(other.ended()).toBeUndefined()
  })

  test('it is closed at regular intervals', async () => {
    provider.setFaults({ closeEveryMs: 300 })
    await using viewer = await open()
    expect(await viewer.waitForEnd()).toBe('end')
    expect(viewer.report().trailingBytes).toBe(0)
  })
})

describe('faults of a playlist', () => {
  test('empty, HTML, gzip without a header, a status', async () => {
    provider.setFaults({ playlist: 'empty' })
    expect(await (await fetch(provider.playlistUrl())).text()).toBe('')
    provider.setFaults({ playlist: 'html' })
    expect(await (await fetch(provider.playlistUrl())).text()).toContain('<html>')
    provider.setFaults({ playlist: 'gzip-without-header' })
    const packed = await fetch(provider.playlistUrl())
    expect(packed.headers.get('content-encoding')).toBeNull()
    expect(gunzipSync(await packed.arrayBuffer()).toString()).toContain('#EXTM3U')
    provider.setFaults({ playlist: 'stall' })
    await expect(fetch(provider.playlistUrl(), { signal: AbortSignal.timeout(200) })).rejects.toThrow()
    provider.setFaults({ playlist: { status: 502 } })
    expect((await fetch(provider.playlistUrl())).status).toBe(502)
  })

  test('cut off', async () => {
    provider.setFaults({ playlist: { truncatedAtPercent: 50 } })
    const answer = await fetch(provider.playlistUrl())
    expect(answer.status).toBe(200)
    await expect(answer.text()).rejects.toThrow()
  })

  test('304 for the right tag only', async () => {
    provider.setFaults({ playlistEtag: true })
    const etag = (await fetch(provider.playlistUrl())).headers.get('etag')!
    const again = (tag: string) => fetch(provider.playlistUrl(), { headers: { 'if-none-match': tag } })
    expect((await again(etag)).status).toBe(304)
    provider.setEntries([{ streamId: '3', name: 'Three' }])
    expect((await again(etag)).status).toBe(200)
    expect(provider.truth()).toMatchObject({ playlistFetches: 3, notModifiedAnswers: 1 })
  })
})

describe('media from other programs', () => {
  test('a file, at the pace of its own clock, then the end', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'kptv-file-'))
    const path = join(folder, 'clip.ts')
    await writeFile(path, createTransportStreamMaker().next(1_000))
    provider.setEntries([{ streamId: '7', name: 'Clip', media: { kind: 'file', path } }])
    const startedAtMs = performance.now()
    await using viewer = await open('7')
    expect(await viewer.waitForEnd()).toBe('end')
    expect(performance.now() - startedAtMs).toBeGreaterThan(700)
    expect(viewer.report()).toMatchObject({ problems: [], sequence: { lost: 0 } })
    await rm(folder, { recursive: true })
  })

  const testWithFfmpeg = hasPrograms('ffmpeg') ? test : test.skip

  testWithFfmpeg('the live output of ffmpeg, while there are viewers', async () => {
    const pattern = [
      '-re',
      '-f',
      'lavfi',
      '-i',
      'testsrc2=size=160x120:rate=25',
      '-c:v',
      'libx264',
      '-preset',
      'ultrafast',
    ]
    const args = ['-v', 'error', ...pattern, '-f', 'mpegts', 'pipe:1']
    provider.setEntries([
      { streamId: '8', name: 'Live', media: { kind: 'process', command: 'ffmpeg', arguments: args } },
    ])
    const viewer = await open('8')
    await viewer.waitForBytes(20_000)
    expect(viewer.report().tables.program?.streams).toMatchObject([{ streamType: 0x1b }])
    viewer.close()
    await eventually('the provider has no open stream', () => provider.truth().openStreams === 0)
  })
})
