import { spawnSync } from 'node:child_process'
import { describe, expect, test } from '@jest/globals'
import { eventually, hasPrograms } from '@kptv/testkit'
import { findFfmpeg, startFfmpeg } from '@kptv/upstream'
import { cutIntoSegments, makeClip } from '../../../test-support/ts-segments.ts'
import { systemClock } from '../../cluster/clock.ts'
import type { Fmp4Format } from '../../http/segment-format.ts'
import type { SegmentBytes } from '../fragment-log.ts'
import { lastNumber, type SegmentList } from '../segment-list.ts'
import { addMade } from './add-made.ts'
import { Fmp4Maker } from './fmp4-maker.ts'

/** Not every ffmpeg can encode HEVC. */
const hasEncoder = (name: string): boolean =>
  spawnSync('ffmpeg', ['-hide_banner', '-encoders']).stdout?.toString().includes(` ${name} `) === true

const describeWithFfmpeg = hasPrograms('ffmpeg', 'ffprobe') ? describe : describe.skip
const SECONDS = 9

/** A leader that has all these segments, and has made some of them already. */
async function make(
  source: { readonly list: SegmentList; readonly bytes: ReadonlyMap<number, SegmentBytes> },
  { format = 'fmp4', made }: { format?: Fmp4Format; made?: SegmentList } = {},
) {
  const ffmpeg = findFfmpeg('auto', process.env.PATH ?? '')!
  const parts = new Map<number, Buffer>()
  let list = made
  let failures = 0
  const maker = new Fmp4Maker({
    format,
    startFfmpeg: (parameters) => startFfmpeg(ffmpeg, parameters),
    source: () => source.list,
    bytesOf: (number) => source.bytes.get(number),
    lastMade: () => list?.segments.at(-1),
    onMade(one) {
      const added = addMade(list, one, { source: source.list, format })
      list = added.list
      parts.set(lastNumber(list), Buffer.concat(added.parts))
    },
    onFailed: () => {
      failures += 1
    },
    clock: systemClock,
  })
  maker.advance()
  // The last one is complete only with the one behind it.
  await eventually('all but the last segment are made', () => lastNumber(list) >= lastNumber(source.list) - 1)
  maker.stop()
  expect(failures).toBe(0)
  return { list: list!, parts }
}

type Packet = { readonly codec_type: string; readonly dts_time: string; readonly flags: string }
type Stream = { readonly codec_name: string; readonly codec_tag_string: string }

function probe(file: Buffer): { readonly packets: Packet[]; readonly streams: Stream[] } {
  const entries = 'packet=codec_type,dts_time,flags:stream=codec_name,codec_tag_string'
  const { stdout, stderr } = spawnSync(
    'ffprobe',
    ['-v', 'warning', '-of', 'json', '-show_entries', entries, '-i', 'pipe:0'],
    { input: file, maxBuffer: 64 * 1024 * 1024 },
  )
  expect(stderr.toString()).toBe('')
  return JSON.parse(stdout.toString()) as ReturnType<typeof probe>
}

/** Each frame decodes. */
function decode(file: Buffer): string {
  const { stderr } = spawnSync('ffmpeg', ['-v', 'warning', '-i', 'pipe:0', '-f', 'null', '-'], { input: file })
  return stderr.toString()
}

const fileOf = ({ list, parts }: Awaited<ReturnType<typeof make>>): Buffer =>
  Buffer.concat([Buffer.from(list.inits![list.segments[0]!.fmp4!.init]!, 'base64'), ...parts.values()])

describeWithFfmpeg('ffmpeg makes of segments the same ones as fragmented MP4', () => {
  const kinds = [
    ['libx264', 'aac', 'fmp4', ['avc1', 'mp4a'], ['h264', 'aac']],
    ['libx264', 'ac3', 'fmp4', ['avc1', 'ac-3'], ['h264', 'ac3']],
    ['libx264', 'ac3', 'fmp4-aac', ['avc1', 'mp4a'], ['h264', 'aac']],
    ['libx264', 'eac3', 'fmp4-aac', ['avc1', 'mp4a'], ['h264', 'aac']],
    ['libx264', 'mp2', 'fmp4-aac', ['avc1', 'mp4a'], ['h264', 'aac']],
    ['libx264', 'aac', 'fmp4-aac', ['avc1', 'mp4a'], ['h264', 'aac']],
    ['libx265', 'aac', 'fmp4', ['hvc1', 'mp4a'], ['hevc', 'aac']],
  ] as const
  test.each(kinds.filter(([video]) => hasEncoder(video)))(
    '%s and %s as %s',
    async (video, audio, format, tags, codecs) => {
      const source = cutIntoSegments(await makeClip(SECONDS, { video, audio }))
      const made = await make(source, { format })
      const { list, parts } = made
      const numbers = list.segments.map(({ number }) => number)
      expect(numbers).toEqual(source.list.segments.map(({ number }) => number).slice(0, numbers.length))
      expect(list.segments.map(({ breaks, isIndependent }) => [breaks, isIndependent])).toEqual(
        numbers.map(() => [0, true]),
      )
      const file = fileOf(made)
      const { packets, streams } = probe(file)
      expect(streams.map(({ codec_tag_string }) => codec_tag_string)).toEqual(tags)
      expect(streams.map(({ codec_name }) => codec_name)).toEqual(codecs)
      expect(decode(file)).toBe('')
      const video25 = packets.filter(({ codec_type }) => codec_type === 'video').map(({ dts_time }) => Number(dts_time))
      for (const [index, time] of video25.entries()) expect(time).toBeCloseTo(video25[0]! + index / 25, 3)
      for (const { number, ticks, fmp4 } of list.segments) {
        expect(fmp4?.startTicks).toBe(ticks)
        expect(parts.get(number)!.length).toBeGreaterThan(0)
      }
    },
  )
})

describeWithFfmpeg('where one ffmpeg ends and another one begins', () => {
  test('a new leader goes on: same header, same times, no break', async () => {
    const source = cutIntoSegments(await makeClip(SECONDS))
    const whole = await make(source)
    const made = { ...whole.list, segments: whole.list.segments.slice(0, 2) }
    const { list, parts } = await make(source, { made })
    expect(list.segments.map(({ number, breaks, fmp4 }) => [number, breaks, fmp4])).toEqual(
      whole.list.segments.map(({ number, breaks, fmp4 }) => [number, breaks, fmp4]),
    )
    expect(Object.keys(list.inits!)).toHaveLength(1)
    const joined = [...whole.parts.entries()].map(([number, bytes]) => parts.get(number) ?? bytes)
    const init = Buffer.from(Object.values(list.inits!)[0]!, 'base64')
    expect(decode(Buffer.concat([init, ...joined]))).toBe('')
  })

  test('other tracks have another header, behind a break', async () => {
    const first = cutIntoSegments(await makeClip(5))
    const second = cutIntoSegments(await makeClip(7, { audio: 'ac3', startS: 7 }), { before: first.list })
    const source = { list: second.list, bytes: new Map([...first.bytes, ...second.bytes]) }
    const { list } = await make(source)
    expect(Object.keys(list.inits!)).toHaveLength(2)
    const changes = list.segments.map(({ breaks, fmp4 }) => `${breaks} ${fmp4!.init}`)
    expect(new Set(changes).size).toBe(2)
    expect(list.segments.at(-1)!.breaks).toBe(1)
    expect(list.segments.map(({ number }) => number)).toEqual(list.segments.map((_, index) => 100 + index))
  })

  test.each([-4, -30, -61, -70])(
    'a clock that starts anew %s s later goes on, also for a new leader',
    async (startS) => {
      const source = cutIntoSegments(await makeClip(SECONDS, { startS: 2 ** 33 / 90_000 + startS }))
      const whole = await make(source)
      const { segments } = whole.list
      expect(segments.length).toBeGreaterThanOrEqual(3)
      for (const [index, { breaks, fmp4 }] of segments.entries())
        expect([breaks, fmp4!.startTicks - segments[0]!.ticks]).toEqual([0, index * 180_000])
      const { list } = await make(source, { made: { ...whole.list, segments: segments.slice(0, -1) } })
      expect(list.segments.at(-1)!.fmp4).toEqual(segments.at(-1)!.fmp4)
    },
  )
})
