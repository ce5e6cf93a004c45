import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { afterEach, describe, expect, jest, test } from '@jest/globals'
import { createPacketAligner, createSplicer } from '@kptv/mpegts'
import { createTransportStreamChecker, eventually, findFreePort, hasPrograms, startHlsProvider } from '@kptv/testkit'
import { makeSegments, startEncoder } from '../../test-support/ffmpeg-clips.ts'
import { playMedia } from '../../test-support/play-media.ts'
import { failureOf, requestOptions } from '../../test-support/requests.ts'
import { startRtspServer } from '../../test-support/rtsp-server.ts'
import {
  createAddressPolicy,
  findFfmpeg,
  type MediaPiece,
  NEW_INPUT,
  type OpenedStream,
  openThroughFfmpeg,
} from '../index.ts'

jest.setTimeout(60_000)

const ffmpeg = findFfmpeg('auto', process.env.PATH ?? '')
const describeWithFfmpeg = hasPrograms('ffmpeg') ? describe : describe.skip
const testOnLinux = process.platform === 'linux' ? test : test.skip
const opened: OpenedStream[] = []

afterEach(async () => {
  for (const stream of opened.splice(0)) await stream.close()
})

async function open(url: string): Promise<OpenedStream> {
  const stream = await openThroughFfmpeg({ ...requestOptions(), url, ffmpeg })
  opened.push(stream)
  return stream
}

/** Without connecting: it takes one connection only. */
function isListening(port: number): boolean {
  const local = port.toString(16).toUpperCase().padStart(4, '0')
  return new RegExp(`^\\s*\\d+: [0-9A-F]{8}:${local} \\S+ 0A`, 'm').test(readFileSync('/proc/net/tcp', 'utf8'))
}

/** Pushed through a splicer, as a session does. */
function judge(stream: OpenedStream) {
  const splicer = createSplicer()
  const aligner = createPacketAligner()
  const checker = createTransportStreamChecker()
  splicer.startInput()
  const pieces: MediaPiece[] = []
  stream.body.on('data', (piece: MediaPiece) => {
    pieces.push(piece)
    if (piece !== NEW_INPUT) checker.push(splicer.push(aligner.push(piece)).packets)
  })
  return {
    report: () => checker.report(),
    signature: () => splicer.signature,
    /** It is told that the clock is of this connection alone. */
    isMarked: () => pieces[0] === NEW_INPUT && pieces.indexOf(NEW_INPUT, 1) === -1,
  }
}

describeWithFfmpeg('through ffmpeg', () => {
  test('H09: segments of fragmented MP4 come out as a transport stream', async () => {
    const { header, segments } = await makeSegments('fmp4', 20)
    const segment = (number: number): Buffer => segments[number] ?? Buffer.alloc(0)
    await using provider = await startHlsProvider({
      segmentMs: 1_000,
      variants: [{ bandwidth: 1, segment }],
      header: header!,
    })
    await using player = await playMedia(provider.url, { ffmpeg })
    await eventually('five seconds of media', () => player.seen.error || player.report().keyFrames >= 5, {
      deadlineMs: 30_000,
    })
    expect(player.seen.error).toBeUndefined()
    expect(player.report().problems.filter((problem) => !problem.includes('PCR'))).toEqual([])
    expect([provider.truth().mostSockets, player.seen.inputs]).toEqual([1, 2])
    const { requests } = provider.truth()
    expect(requests.filter(({ path }) => path.endsWith('header.mp4')).length).toBe(1)
  })

  test('packed audio too', async () => {
    const { segments } = await makeSegments('aac', 20)
    const segment = (number: number): Buffer => segments[number] ?? Buffer.alloc(0)
    await using provider = await startHlsProvider({ segmentMs: 1_000, variants: [{ bandwidth: 1, segment }] })
    await using player = await playMedia(provider.url, { ffmpeg })
    await eventually('media', () => player.seen.error || player.seen.bytes > 30_000, { deadlineMs: 30_000 })
    expect(player.seen.error).toBeUndefined()
  })

  test('a stream by UDP, and one by RTP', async () => {
    const [udpPort, rtpPort] = [await findFreePort(), await findFreePort()]
    await using _encoder = startEncoder(['-f', 'mpegts', `udp://127.0.0.1:${udpPort}?pkt_size=1316`])
    await using _other = startEncoder(['-f', 'rtp_mpegts', `rtp://127.0.0.1:${rtpPort}`])
    const streams = [await open(`udp://@127.0.0.1:${udpPort}`), await open(`rtp://@127.0.0.1:${rtpPort}`)]
    for (const { report, signature, isMarked } of streams.map(judge)) {
      await eventually('media', () => report().keyFrames > 3, { deadlineMs: 30_000 })
      expect([report().problems, signature(), isMarked()]).toEqual([[], 'h264+aac', true])
    }
  })

  testOnLinux('a stream by RTMP', async () => {
    const port = await findFreePort()
    const url = `rtmp://127.0.0.1:${port}/live/one`
    await using _encoder = startEncoder(['-f', 'flv', '-listen', '1', url])
    await eventually('the encoder listens', () => isListening(port))
    const { report, signature } = judge(await open(url))
    await eventually('media', () => report().keyFrames > 3, { deadlineMs: 30_000 })
    expect([report().problems, signature()]).toEqual([[], 'h264+aac'])
  })

  test('a stream by RTSP, with a login and the agent of the source, over one connection', async () => {
    await using server = await startRtspServer()
    const stream = await openThroughFfmpeg({
      ...{ ...requestOptions(), url: server.url, ffmpeg },
      headers: [['User-Agent', 'kptv/1']],
    })
    opened.push(stream)
    const { report, signature, isMarked } = judge(stream)
    await eventually('media', () => report().keyFrames > 3, { deadlineMs: 30_000 })
    // The marks of the maker stand in its own packets, ffmpeg makes others.
    const problems = report().problems.filter((problem) => !/damaged content|where a player can/.test(problem))
    expect([problems, signature(), isMarked()]).toEqual([[], 'h264+aac', true])
    expect(server.requests.every((request) => request.includes('User-Agent: kptv/1'))).toBe(true)
    expect(server.openSockets()).toBe(1)
    await stream.close()
    await eventually('its connection is closed', () => server.openSockets() === 0)
  })

  test('close ends the process before it resolves', async () => {
    const stream = await open(`udp://127.0.0.1:${await findFreePort()}`)
    await stream.close()
    await stream.closed
    expect(stream.body.destroyed).toBe(true)
  })

  test('what ffmpeg cannot read is a failure that tells nothing of the address', async () => {
    const stream = await open(`rtmp://user:SECRET@127.0.0.1:${await findFreePort()}/live/SECRET`)
    const [error] = await once(stream.body.resume(), 'error')
    expect([error.code, String(error)]).toEqual(['ffmpeg-failed', expect.not.stringContaining('SECRET')])
  })

  testOnLinux.each(['guarded', 'unguarded'])('kill -9 of the edge ends it too (%s)', async (mode) => {
    const port = await findFreePort()
    // Without the guard it ends when it can write no more, so that needs a source that sends.
    await using _encoder = startEncoder(['-f', 'mpegts', `udp://127.0.0.1:${port}?pkt_size=1316`])
    const file = new URL('../../test-support/hold-ffmpeg.ts', import.meta.url).pathname
    const holder = spawn(process.execPath, [file, `udp://127.0.0.1:${mode === 'guarded' ? port + 1 : port}`, mode])
    const [line] = await once(holder.stdout, 'data')
    const pid = String(line).trim()
    expect(existsSync(`/proc/${pid}`)).toBe(true)
    holder.kill('SIGKILL')
    await eventually('ffmpeg is gone', () => !existsSync(`/proc/${pid}`), { deadlineMs: 20_000 })
  })
})

describe('addresses', () => {
  const denied = { ...requestOptions(), allowAddress: createAddressPolicy({ allowedCidrs: [], allowedHosts: [] }) }
  const some = { path: '/does/not/exist', guard: undefined }

  test.each([
    ['rtsp://127.0.0.1/1', 'blocked-address'],
    ['rtsp://localhost/1', 'blocked-address'],
    ['rtmp://169.254.169.254/latest', 'blocked-address'],
    ['udp://@239.0.0.1:1234', 'blocked-address'],
    ['udp://0x7f000001:1234', 'blocked-address'],
    ['rtsp://8.8.8.8:6379/', 'blocked-port'],
    ['rtp://@:5004', 'bad-url'],
  ])('%s is %s, before anything is started', async (url, code) => {
    expect((await failureOf(openThroughFfmpeg({ ...denied, url, ffmpeg: some }))).code).toBe(code)
  })

  test('without ffmpeg it is refused with a reason', async () => {
    const failure = await failureOf(openThroughFfmpeg({ ...denied, url: 'rtsp://h/', ffmpeg: undefined }))
    expect([failure.code, failure.failureClass]).toEqual(['needs-ffmpeg', 'not-media'])
  })

  test('H09: fragmented MP4 without ffmpeg is refused with a reason', async () => {
    const segment = (): Buffer => Buffer.from('    ftypisom')
    await using provider = await startHlsProvider({
      ...{ segmentMs: 500, variants: [{ bandwidth: 1, segment }], header: Buffer.from('    ftypisom') },
    })
    await using player = await playMedia(provider.url)
    await eventually('it fails', () => player.seen.error)
    expect(player.seen.error).toMatchObject({ code: 'needs-ffmpeg' })
  })
})
