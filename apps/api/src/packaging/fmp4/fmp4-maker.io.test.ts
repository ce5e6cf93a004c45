import { spawnSync } from 'node:child_process'
import { describe, expect, test } from '@jest/globals'
import { eventually, hasPrograms } from '@kptv/testkit'
import { createFmp4Leader, decode, fileOf, probe, type TsSegments } from '../../../test-support/fmp4-leader.ts'
import { cutIntoSegments, makeClip } from '../../../test-support/ts-segments.ts'
import type { Fmp4Format } from '../../http/segment-format.ts'
import { lastNumber, type SegmentList } from '../segment-list.ts'

/** Not every ffmpeg can encode HEVC. */
const hasEncoder = (name: string): boolean =>
  spawnSync('ffmpeg', ['-hide_banner', '-encoders']).stdout?.toString().includes(` ${name} `) === true

const describeWithFfmpeg = hasPrograms('ffmpeg', 'ffprobe') ? describe : describe.skip
const SECONDS = 9

/** All of a source in one format, by a leader that has some of it already. */
async function make(
  source: TsSegments,
  { format = 'fmp4', made }: { readonly format?: Fmp4Format; readonly made?: SegmentList } = {},
) {
  const leader = createFmp4Leader(source)
  const series = leader.add(format, made)
  // The last one is complete only with the one behind it.
  const areMade = () => lastNumber(series.list) >= lastNumber(source.list) - 1
  await eventually('all but the last segment are made', areMade, { deadlineMs: 60_000 })
  leader.stop()
  expect(leader.state.failures).toBe(0)
  return { list: series.list!, parts: series.parts }
}

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
  test.each([
    ['libx264', 'aac', 'fmp4'],
    ['libx264', 'mp2', 'fmp4'],
    ['libx264', 'ac3', 'fmp4-aac'],
    ['none', 'aac', 'fmp4'],
    ['none', 'mp2', 'fmp4-aac'],
  ] as const)('a new leader continues with %s and %s as %s: same header, same times, every frame', async (...kind) => {
    const [video, audio, format] = kind
    const source = cutIntoSegments(await makeClip(SECONDS, { video, audio }))
    const whole = await make(source, { format })
    const made = { ...whole.list, segments: whole.list.segments.slice(0, 2) }
    const { list, parts } = await make(source, { made, format })
    expect(list.segments.map(({ number, breaks, fmp4 }) => [number, breaks, fmp4])).toEqual(
      whole.list.segments.map(({ number, breaks, fmp4 }) => [number, breaks, fmp4]),
    )
    expect(Object.keys(list.inits!)).toHaveLength(1)
    const joined = [...whole.parts.entries()].map(([number, bytes]) => parts.get(number) ?? bytes)
    const init = Buffer.from(Object.values(list.inits!)[0]!, 'base64')
    const file = Buffer.concat([init, ...joined])
    expect(parts.size).toBeLessThan(whole.parts.size)
    expect(decode(file)).toBe('')
    expect(probe(file).packets).toEqual(probe(fileOf(whole)).packets)
  })

  test('adding or removing a format costs the others no frame', async () => {
    const source = cutIntoSegments(await makeClip(13, { audio: 'ac3' }))
    const whole = await make(source)
    const leader = createFmp4Leader(source)
    const copied = leader.add('fmp4')
    const first = source.list.segments[0]!.number
    leader.show(first + 2)
    await eventually('the copy is made', () => lastNumber(copied.list) === first + 1, { deadlineMs: 60_000 })
    const encoded = leader.add('fmp4-aac')
    leader.show(first + 3)
    const areMade = () => [copied, encoded].every(({ list }) => lastNumber(list) === first + 2)
    await eventually('both are made', areMade, { deadlineMs: 60_000 })
    leader.remove('fmp4-aac')
    leader.show(lastNumber(source.list))
    const isMade = () => lastNumber(copied.list) === lastNumber(whole.list)
    await eventually('the copy goes on', isMade, { deadlineMs: 60_000 })
    leader.stop()
    expect(probe(fileOf(copied)).packets).toEqual(probe(fileOf(whole)).packets)
    expect([...encoded.parts.keys()]).toEqual([first, first + 1, first + 2])
    expect(decode(fileOf(encoded))).toBe('')
    expect([leader.state.started, leader.state.failures]).toEqual([3, 0])
  })

  test('a segment is made before the next one is complete', async () => {
    const source = cutIntoSegments(await makeClip(SECONDS))
    const leader = createFmp4Leader(source)
    const made = leader.add('fmp4')
    const first = source.list.segments[0]!.number
    leader.show(first)
    const fragments = source.bytes.get(first + 1)!.length
    // Tables come with each frame in these clips: a third of the two seconds.
    leader.show(first, Math.ceil(fragments / 3))
    await eventually('the first one is made', () => lastNumber(made.list) === first, { deadlineMs: 60_000 })
    leader.show(lastNumber(source.list))
    const areMade = () => lastNumber(made.list) === lastNumber(source.list) - 1
    await eventually('all others are', areMade, { deadlineMs: 60_000 })
    leader.stop()
    expect([leader.state.started, leader.state.failures]).toEqual([1, 0])
    expect(probe(fileOf(made)).packets).toEqual(probe(fileOf(await make(source))).packets)
  })

  test('other tracks have another header, after a break', async () => {
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
    'a clock that restarts %s s later continues, also for a new leader',
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
