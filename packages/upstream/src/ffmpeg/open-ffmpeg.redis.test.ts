import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { afterEach, describe, expect, jest, test } from '@jest/globals'
import { createPacketAligner } from '@kptv/mpegts'
import { createSplicer } from '@kptv/mpegts/test-support'
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

function argumentsOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
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
    /** It knows that the clock belongs to this connection alone. */
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
      ...requestOptions(),
      url: server.url,
      ffmpeg,
      headers: [['User-Agent', 'kptv/1']],
    })
    opened.push(stream)
    const { report, signature, isMarked } = judge(stream)
    await eventually('media', () => report().keyFrames > 3, { deadlineMs: 30_000 })
    // The marks of the maker are in its own packets, ffmpeg makes others.
    const problems = report().problems.filter((problem) => !/damaged content|where a player can/.test(problem))
    expect([problems, signature(), isMarked()]).toEqual([[], 'h264+aac', true])
    expect(server.requests.every((request) => request.includes('User-Agent: kptv/1'))).toBe(true)
    expect(server.openSockets()).toBe(1)
    await stream.close()
    await eventually('its connection is closed', () => server.openSockets() === 0)
  })

  test('close ends the process and its sockets before it resolves', async () => {
    await using server = await startRtspServer()
    const stream = await open(server.url)
    await eventually('it is connected', () => server.openSockets() === 1)
    await stream.close()
    await stream.closed
    expect(stream.body.destroyed).toBe(true)
    await eventually('its connection is closed', () => server.openSockets() === 0)
  })

  test('a login by Digest', async () => {
    await using server = await startRtspServer({ digest: true })
    const { report } = judge(await open(server.url))
    await eventually('media', () => report().keyFrames > 1, { deadlineMs: 30_000 })
  })

  test('a redirect is followed, and its login goes to no other host', async () => {
    await using other = await startRtspServer({ isOpen: true })
    await using first = await startRtspServer({ redirectTo: other.url.replace('user:pass@', '') })
    const { report } = judge(await open(first.url))
    await eventually('media', () => report().keyFrames > 1, { deadlineMs: 30_000 })
    expect(other.requests.filter((request) => request.includes('Authorization'))).toEqual([])
  })

  test.each([
    ['in the answer to DESCRIBE', 'DESCRIBE'],
    ['in the answer to OPTIONS', 'OPTIONS'],
    ['in the answer to SETUP', 'SETUP'],
    ['in the answer to PLAY', 'PLAY'],
  ])('no redirect leads to disallowed addresses: %s', async (_name, redirectAt) => {
    await using canary = await startRtspServer({ isOpen: true })
    const target = canary.url.replace('user:pass@127.0.0.1', 'localhost')
    await using server = await startRtspServer({ isOpen: true, redirectTo: target, redirectAt })
    const allowAddress = (_address: string, host: string): boolean => host !== 'localhost'
    const stream = await openThroughFfmpeg({ ...requestOptions(), allowAddress, url: server.url, ffmpeg })
    opened.push(stream)
    const [error] = await once(stream.body.resume(), 'error')
    expect([error.code, canary.requests]).toEqual(['blocked-address', []])
  })

  test('a server that wants UDP is not followed there', async () => {
    await using server = await startRtspServer({
      isOpen: true,
      transport: 'RTP/AVP/UDP;unicast;source=127.0.0.3;server_port=26190-26191',
    })
    const stream = await open(server.url)
    const [error] = await once(stream.body.resume(), 'error')
    expect(error.code).toBe('ffmpeg-failed')
  })

  test.each([
    ['404 Not Found', 'not-found'],
    ['403 Forbidden', 'forbidden'],
  ])('a refusal is reported: %s', async (refusal, code) => {
    await using server = await startRtspServer({ isOpen: true, refusal })
    const [error] = await once((await open(server.url)).body.resume(), 'error')
    expect(error.code).toBe(code)
  })

  testOnLinux.each(['rtsp', 'rtmp'])('nothing of a %s address stands in the arguments of a process', async (scheme) => {
    await using server = await startRtspServer({ isSilent: true })
    const url = server.url.replace('rtsp:', `${scheme}:`).replace('/live', '/CANARYpath/CANARYstream?CANARYtoken=1')
    const secret = url.replace('user:pass', 'CANARYuser:CANARYpass')
    const stream = await openThroughFfmpeg({
      ...requestOptions(),
      url: secret,
      ffmpeg,
      headers: [['User-Agent', 'CANARYagent']],
    })
    opened.push(stream)
    const { port } = new URL(secret.replace(scheme, 'http'))
    // A process that has only just been made still shows the arguments of its parent.
    const seen = await eventually('ffmpeg runs', () => {
      const lines = readdirSync('/proc')
        .filter((name) => /^\d+$/.test(name))
        .map(argumentsOf)
      return lines.some((line) => line.includes('ffmpeg') && line.includes('pipe:1')) ? lines : undefined
    })
    // Nor what would let another user of the machine through our relay.
    expect(seen.filter((line) => line.includes('pipe:1') && line.includes('rtsp://'))).toEqual([])
    expect(seen.filter((line) => line.includes('CANARY') || line.includes(`127.0.0.1:${port}`))).toEqual([])
  })

  test('unreadable input is a failure that reveals nothing of the address', async () => {
    const stream = await open(`rtmp://user:SECRET@127.0.0.1:${await findFreePort()}/live/SECRET`)
    const [error] = await once(stream.body.resume(), 'error')
    expect([error.code, String(error)]).toEqual(['connection-refused', expect.not.stringContaining('SECRET')])
  })

  testOnLinux.each(['guarded', 'unguarded'])('kill -9 of the edge ends it too (%s)', async (mode) => {
    await using server = await startRtspServer()
    const file = new URL('../../test-support/hold-ffmpeg.ts', import.meta.url).pathname
    const holder = spawn(process.execPath, [file, server.url, mode])
    const [line] = await once(holder.stdout, 'data')
    const pid = String(line).trim()
    expect(existsSync(`/proc/${pid}`)).toBe(true)
    holder.kill('SIGKILL')
    await eventually('ffmpeg is gone', () => !existsSync(`/proc/${pid}`))
  })
})

describe('addresses', () => {
  const denied = { ...requestOptions(), allowAddress: createAddressPolicy({ allowedCidrs: [], allowedHosts: [] }) }
  const some = { path: '/does/not/exist', guard: undefined }

  test.each([
    ['rtsp://127.0.0.1/1', 'blocked-address'],
    ['rtsp://localhost/1', 'blocked-address'],
    ['rtmp://169.254.169.254/latest', 'blocked-address'],
    ['rtsp://8.8.8.8:6379/', 'blocked-port'],
    ['rtmps://10.0.0.1/live', 'blocked-address'],
    ['rtsp://@:5004', 'bad-url'],
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
      segmentMs: 500,
      variants: [{ bandwidth: 1, segment }],
      header: Buffer.from('    ftypisom'),
    })
    await using player = await playMedia(provider.url)
    await eventually('it fails', () => player.seen.error)
    expect(player.seen.error).toMatchObject({ code: 'needs-ffmpeg' })
  })
})
