import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { hasPrograms } from '../process/has-programs.ts'
import type { TransportStreamMakerOptions } from './maker-options.ts'
import { createTransportStreamChecker } from './transport-stream-checker.ts'
import { createTransportStreamMaker } from './transport-stream-maker.ts'

const folder = mkdtempSync(join(tmpdir(), 'kptv-made-'))
afterAll(() => rmSync(folder, { recursive: true }))

const run = (command: string, args: string[]) => {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 50_000_000 })
  return { status, stdout, stderr }
}
const writeStream = (name: string, options: TransportStreamMakerOptions) => {
  const file = join(folder, `${name}.ts`)
  writeFileSync(file, createTransportStreamMaker(options).next(6_000))
  return file
}
const codecsOf = (file: string) =>
  run('ffprobe', ['-v', 'error', '-show_entries', 'stream=codec_name', '-of', 'csv=p=0', file]).stdout.split(/[\s,]+/)

const describeWithFfmpeg = hasPrograms('ffmpeg', 'ffprobe') ? describe : describe.skip

describeWithFfmpeg('ffmpeg as a second judge of the maker', () => {
  test.each([
    ['the default', {}, ['h264', 'aac']],
    ['radio', { video: 'none' as const }, ['aac']],
    ['HEVC, which is named but not decoded', { video: 'hevc' as const }, ['hevc', 'aac']],
    ['MPEG-2, which is named but not decoded', { video: 'mpeg2' as const }, ['mpeg2video', 'aac']],
  ])('ffprobe names the codecs of %s', (name, options, codecs) => {
    expect(codecsOf(writeStream(name.replace(/\W+/g, '-'), options))).toEqual(expect.arrayContaining(codecs))
  })

  test.each([
    ['default', {}],
    ['30 frames a second', { framesPerSecond: 30 as const }],
    ['over the wrap', { startTicks: 2 ** 33 - 2 * 90_000 }],
    ['radio', { video: 'none' as const, packetsPerAudioFrame: 1 }],
  ])('H.264 and AAC decode without complaint: %s', (name, options) => {
    const file = writeStream(`decoded-${name.replace(/\W+/g, '-')}`, options)
    const played = run('ffmpeg', ['-v', 'warning', '-xerror', '-i', file, '-f', 'null', '-'])
    expect(played).toMatchObject({ status: 0, stderr: '' })
  })

  test('every frame is there, with ascending timestamps', () => {
    const file = writeStream('frames', {})
    const probe = run('ffprobe', [
      '-v',
      'error',
      '-select_streams',
      'v',
      '-show_entries',
      'packet=dts,flags',
      '-of',
      'csv=p=0',
      file,
    ])
    const frames = [...probe.stdout.matchAll(/^(\d+),(\w+)/gm)].map(([, dts, flags]) => [dts, flags])
    const stamps = frames.map(([dts]) => Number(dts))
    expect(stamps).toHaveLength(150)
    expect(stamps.toSorted((one, other) => one - other)).toEqual(stamps)
    expect(frames.filter(([, flags]) => flags!.startsWith('K'))).toHaveLength(6)
  })

  test('the checker finds no flaw in what ffmpeg muxes, and its key frames', () => {
    const source = ['-f', 'lavfi', '-i', 'testsrc2=size=320x240:rate=25', '-f', 'lavfi', '-i', 'sine=sample_rate=48000']
    const video = ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '25', '-bf', '2', '-c:a', 'aac']
    const mux = ['-t', '4', '-mpegts_flags', 'pat_pmt_at_frames', '-f', 'mpegts', 'pipe:1']
    const made = spawnSync('ffmpeg', ['-v', 'error', ...source, ...video, ...mux], { maxBuffer: 50_000_000 })
    const checker = createTransportStreamChecker()
    checker.push(made.stdout, 0)
    const report = checker.report()
    expect(report.sequence.unmarked).toBe(report.mediaPackets)
    expect(report.keyFrames).toBe(4)
    // ffmpeg sends its service description first, and PCR as seldom as its frames.
    const ownWays = ['the stream does not start with PAT and PMT']
    expect(report.problems.filter((problem) => !ownWays.includes(problem))).toEqual([])
  })
})
