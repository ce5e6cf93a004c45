import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { eventually, type FakeProvider, hasPrograms, shortOrLong } from '@kptv/testkit'
import { startTwoSources, type TwoSources } from './support/start-two-sources.ts'
import { leaveAll, watch } from './support/watch.ts'

const run = promisify(execFile)

const SECONDS = shortOrLong(15, 60)

/**
 * A live H.264 and AAC stream as a broadcaster's encoder makes it; each source has its own video,
 * audio and clock.
 */
const encoder = (pattern: string, hertz: number): { readonly command: string; readonly arguments: string[] } => ({
  command: 'ffmpeg',
  arguments: [
    ...['-v', 'error', '-re', '-f', 'lavfi', '-i', `${pattern}=size=320x180:rate=25`],
    ...['-re', '-f', 'lavfi', '-i', `sine=frequency=${hertz}:sample_rate=48000`],
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-profile:v', 'baseline', '-g', '25'],
    ...['-c:a', 'aac', '-ac', '2', '-f', 'mpegts', 'pipe:1'],
  ],
})

let setUp: TwoSources
let first: FakeProvider
let second: FakeProvider
let stream: string

// Without ffmpeg there is no judge; `npm test` installs it where it can and says so where it
// cannot.
const describeWithFfmpeg = hasPrograms('ffmpeg', 'ffprobe') ? describe : describe.skip

describeWithFfmpeg('real media', () => {
  beforeAll(async () => {
    const live = (pattern: string, hertz: number) => ({
      entries: [{ streamId: '1', name: 'Live', media: { kind: 'process' as const, ...encoder(pattern, hertz) } }],
    })
    setUp = await startTwoSources({ first: live('testsrc2', 440), second: live('smptebars', 880) })
    ;({ first, second } = setUp)
    stream = `${setUp.stream}.ts`
  }, 240_000)

  afterEach(leaveAll)

  afterAll(() => setUp?.[Symbol.asyncDispose](), 120_000)

  test('ffprobe names the codecs of a live stream, and the channel', async () => {
    const { stdout } = await run('ffprobe', [
      '-v',
      'error',
      '-show_entries',
      'stream=codec_name:program_tags=service_name',
      '-of',
      'json',
      stream,
    ])
    const { streams, programs } = JSON.parse(stdout) as {
      readonly streams: Array<{ readonly codec_name: string }>
      readonly programs: Array<{ readonly tags: { readonly service_name: string } }>
    }
    expect(programs.map(({ tags }) => tags.service_name)).toEqual(['Live'])
    expect(streams.map((one) => one.codec_name).sort()).toEqual(['aac', 'h264'])
  }, 240_000)

  test(`ffmpeg decodes ${SECONDS} s without an error while a second viewer watches; the provider has one connection`, async () => {
    const viewer = await watch(stream)
    await eventually('the channel plays', () => viewer.bytes() > 100_000)
    const { stderr } = await run('ffmpeg', ['-v', 'warning', '-i', stream, '-t', String(SECONDS), '-f', 'null', '-'])
    expect(stderr).toBe('')
    expect(first.truth().highWaterMark).toBe(1)
    expect(second.truth().channels['1']?.opened ?? 0).toBe(0)
    expect(viewer.ended()).toBeUndefined()
  }, 240_000)

  test('ffmpeg keeps decoding through a switch of source, with ascending timestamps', async () => {
    const decoding = run('ffmpeg', ['-v', 'warning', '-i', stream, '-t', '12', '-f', 'null', '-'])
    const probing = run('ffprobe', [
      ...['-v', 'error', '-select_streams', 'v', '-show_entries', 'packet=dts', '-of', 'json'],
      ...['-read_intervals', '%+12', stream],
    ])
    const viewer = await watch(stream)
    await eventually('the channel plays', () => viewer.bytes() > 300_000)
    first.setFaults({ refuseConnections: true })
    first.cut('destroy')
    const [{ stderr }, { stdout }] = await Promise.all([decoding, probing])
    expect(second.truth().openStreams).toBe(1)
    expect(stderr).toBe('')
    const { packets } = JSON.parse(stdout) as { readonly packets: Array<{ readonly dts: number }> }
    const stamps = packets.map((packet) => packet.dts)
    expect(stamps.length).toBeGreaterThan(200)
    expect(stamps.filter((stamp, index) => index > 0 && stamp <= stamps[index - 1]!)).toEqual([])
  }, 240_000)
})
