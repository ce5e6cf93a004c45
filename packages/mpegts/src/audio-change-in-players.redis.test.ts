import type { Buffer } from 'node:buffer'
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from '@jest/globals'
import { createPlayers, hasPrograms } from '@kptv/testkit'
import { OutputCollector } from '../test-support/output-collector.ts'
import { Splicer } from './index.ts'

const testWithFfmpeg = hasPrograms('ffmpeg', 'ffprobe') ? test.each : test.skip.each
const SECONDS = 4
const FRAMES_PER_SECOND = 25

const folder = mkdtempSync(join(tmpdir(), 'kptv-audio-'))
afterAll(() => rmSync(folder, { recursive: true }))
// VLC runs as another user.
chmodSync(folder, 0o755)
const players = createPlayers()

function run(command: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 50_000_000 })
  if (status !== 0) throw new Error(stderr)
  return stdout
}

/** A part of a broadcast whose video and clock go on from part to part. */
function partOf(index: number, audio: string): Buffer {
  const file = join(folder, `part-${index}.ts`)
  const video = ['-f', 'lavfi', '-i', `testsrc2=size=320x180:rate=${FRAMES_PER_SECOND}`]
  const tone = audio === 'none' ? [] : ['-f', 'lavfi', '-i', `sine=frequency=${440 + index * 110}:sample_rate=48000`]
  const codecs = ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '25', '-bsf:v', 'filter_units=remove_types=6']
  const heard = audio === 'none' ? [] : ['-c:a', audio, '-ac', '2']
  const times = ['-t', `${SECONDS}`, '-output_ts_offset', `${index * SECONDS}`, '-tables_version', `${index}`]
  run('ffmpeg', '-y', '-v', 'error', ...video, ...tone, ...codecs, ...heard, ...times, '-f', 'mpegts', file)
  return readFileSync(file)
}

testWithFfmpeg([
  ['MP2, then AC-3, then MP2', ['mp2', 'ac3', 'mp2'], ['ac3', 'mp2']],
  ['AAC, nothing, AAC', ['aac', 'none', 'aac'], ['aac']],
  ['AC-3 first', ['ac3', 'aac'], ['aac', 'ac3']],
] as const)(
  'ffmpeg shows every frame of one connection whose audio is %s; GStreamer and VLC, if installed, play it through',
  async (_, parts, codecs) => {
    const collector = new OutputCollector()
    const splicer = new Splicer({ sink: collector.sink })
    for (const [index, audio] of parts.entries()) splicer.push(partOf(index, audio))
    const file = join(folder, `${parts.join('-')}.ts`)
    writeFileSync(file, collector.take().packets)
    const shown = ['-select_streams', 'v', '-show_entries', 'frame=pts', '-of', 'csv=p=0', file]
    const times = run('ffprobe', '-v', 'error', ...shown)
      .match(/\d+/g)!
      .map(Number)
    expect(times).toHaveLength(parts.length * SECONDS * FRAMES_PER_SECOND)
    const steps = times.slice(1).map((time, index) => time - times[index]!)
    // The encoders' delays differ by codec, so the parts themselves do not meet exactly.
    expect(Math.min(...steps)).toBeGreaterThan(0)
    expect(Math.max(...steps)).toBeLessThan((1.5 * 90_000) / FRAMES_PER_SECOND)
    const found = run('ffprobe', '-v', 'error', '-show_entries', 'stream=codec_type,codec_name', '-of', 'csv=p=0', file)
    const audio = found
      .split('\n')
      .filter((line) => line.endsWith('audio'))
      .map((line) => line.split(',')[0])
    expect([...new Set(audio)].toSorted()).toEqual(codecs)
    // What they make of the audio: docs/players.md.
    for (const player of ['gstreamer', 'vlc'] as const) {
      expect([player, await players.complaints(player, file)]).toEqual([player, []])
    }
  },
  180_000,
)
