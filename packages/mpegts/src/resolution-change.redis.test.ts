import { Buffer } from 'node:buffer'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { createTransportStreamChecker, hasPrograms } from '@kptv/testkit'
import { createSplicer } from '../test-support/create-splicer.ts'
import { createPacketAligner } from './index.ts'

const testWithFfmpeg = hasPrograms('ffmpeg', 'ffprobe') ? test : test.skip

function run(command: string, parameters: readonly string[]): { readonly stdout: Buffer; readonly stderr: string } {
  const { stdout, stderr } = spawnSync(command, parameters, { maxBuffer: 50_000_000 })
  return { stdout, stderr: String(stderr) }
}

/** Two seconds. */
function clipOf(size: string, rate: number): Buffer {
  const source = [
    '-f',
    'lavfi',
    '-i',
    `testsrc2=size=${size}:rate=${rate}`,
    '-f',
    'lavfi',
    '-i',
    'sine=sample_rate=48000',
  ]
  const video = ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '25', '-bsf:v', 'filter_units=remove_types=6']
  return run('ffmpeg', ['-v', 'error', ...source, ...video, '-c:a', 'aac', '-t', '2', '-f', 'mpegts', 'pipe:1']).stdout
}

testWithFfmpeg(
  'T11: another resolution and another frame rate are no other codec: every frame is decoded',
  () => {
    const clips = [clipOf('320x180', 25), clipOf('640x360', 50)]
    const [splicer, checker] = [createSplicer(), createTransportStreamChecker()]
    const pieces: Buffer[] = []
    for (const turn of [0, 1, 0, 1]) {
      splicer.startInput()
      const spliced = splicer.push(createPacketAligner().push(Buffer.from(clips[turn]!)))
      expect(spliced.incompatible).toBeUndefined()
      checker.push(spliced.packets)
      pieces.push(spliced.packets)
    }
    expect(checker.report({ isComplete: true }).problems).toEqual([])
    const folder = mkdtempSync(join(tmpdir(), 'kptv-sizes-'))
    try {
      const file = join(folder, 'joined.ts')
      writeFileSync(file, Buffer.concat(pieces))
      const frames = ['-v', 'error', '-select_streams', 'v', '-show_entries', 'frame=width', '-of', 'csv=p=0', file]
      const { stdout, stderr } = run('ffprobe', frames)
      expect(stderr).toBe('')
      const widths = String(stdout).match(/\d+/g) ?? []
      // A frame may be missing at the end of each clip: it is complete when the next one begins.
      expect(widths.filter((width) => width === '320').length).toBeGreaterThanOrEqual(2 * 49)
      expect(widths.filter((width) => width === '640').length).toBeGreaterThanOrEqual(2 * 99)
    } finally {
      rmSync(folder, { recursive: true })
    }
  },
  60_000,
)
