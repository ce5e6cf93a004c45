import { Buffer } from 'node:buffer'
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createPlayers, createTransportStreamChecker } from '@kptv/testkit'
import { OutputCollector } from '../test-support/output-collector.ts'
import { createPacketAligner, PACKET_BYTES, pidOf, Splicer } from './index.ts'

const SWITCHES = 20
/** There is a pause after each fifth source. */
const SLATE_EVERY = 5
const SLATE_SECONDS = 2
const VIDEO_PID = 0x100

const players = createPlayers()
const folder = mkdtempSync(join(tmpdir(), 'kptv-players-'))
afterAll(() => rmSync(folder, { recursive: true }))

// VLC runs as another user.
chmodSync(folder, 0o755)

function run(command: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 50_000_000 })
  if (status !== 0) throw new Error(stderr)
  return stdout + stderr
}

const CODECS: Record<string, string[]> = {
  'H.264': ['libx264', '-preset', 'veryfast', '-g', '25', '-bf', '2', '-bsf:v', 'filter_units=remove_types=6'],
  // Its key frames refer to nothing before them, but frames behind them do: open groups of frames.
  HEVC: ['libx265', '-preset', 'ultrafast', '-x265-params', 'log-level=error:info=0:keyint=25'],
  'MPEG-2': ['mpeg2video', '-g', '12', '-bf', '2', '-b:v', '1M'],
}

/**
 * Six seconds with their own audio; the second clip is of constant bit rate, as from a multiplexer.
 */
function makeClip(codec: string, index: number): Buffer {
  const file = join(folder, `${codec}-${index}.ts`)
  const frame = ['testsrc2', 'smptebars'][index]
  const source = ['-f', 'lavfi', '-i', `${frame}=size=320x180:rate=25`]
  const audio = ['-f', 'lavfi', '-i', `sine=frequency=${440 * (index + 1)}:sample_rate=48000`]
  const video = ['-c:v', ...CODECS[codec]!, '-c:a', 'aac', '-ac', '2', '-t', '6']
  const mux = ['-f', 'mpegts', ...(index === 1 ? ['-muxrate', '2000000'] : [])]
  run('ffmpeg', '-v', 'error', ...source, ...audio, ...video, ...mux, file)
  return readFileSync(file)
}

/**
 * Where each PES packet of both streams ends, so that nothing is cut short: the last place of that
 * kind before `from`.
 */
function wholeUnitsBefore(clip: Buffer, from: number): number {
  const tables = new Set([0])
  for (let at = from - (from % PACKET_BYTES); at > 0; at -= PACKET_BYTES) {
    // A muxer begins tables, then the key frame, when all it had before is out.
    if (tables.has(pidOf(clip, at))) return at
  }
  return 0
}

type Cut = 'between frames' | 'in the middle of a frame'

/**
 * From source to source, always at other places; in the middle of groups of frames, and of the
 * first packet.
 */
function spliceClips(clips: readonly Buffer[], cut: Cut): Buffer {
  const aligner = createPacketAligner()
  const collector = new OutputCollector()
  const splicer = new Splicer({ sink: collector.sink, canFill: true })
  const pieces: Buffer[] = []
  for (let turn = 0; turn <= SWITCHES; turn++) {
    const clip = clips[turn % clips.length]!
    const from = Math.floor(clip.length * ((turn * 0.137) % 0.5))
    const end = Math.floor(clip.length * (0.8 + ((turn * 0.071) % 0.2)))
    const to = cut === 'between frames' ? wholeUnitsBefore(clip, end) : end
    aligner.reset()
    splicer.startInput()
    for (let at = from; at < to; at += 65_536) {
      splicer.push(aligner.push(Buffer.from(clip.subarray(at, Math.min(to, at + 65_536)))))
      expect(splicer.refusal).toBeUndefined()
    }
    if (turn % SLATE_EVERY === SLATE_EVERY - 1) {
      splicer.startInput()
      for (let slice = 0; slice < SLATE_SECONDS * 10; slice++) splicer.fill(9_000)
    }
    pieces.push(collector.take().packets)
  }
  return Buffer.concat(pieces)
}

function countDecoded(file: string): number {
  const count = ['-v', 'quiet', '-count_frames', '-select_streams', 'v', '-show_entries', 'stream=nb_read_frames']
  return Number.parseInt(run('ffprobe', ...count, '-of', 'csv=p=0', file), 10)
}

function countFrames(packets: Buffer): number {
  let frames = 0
  for (let offset = 0; offset < packets.length; offset += PACKET_BYTES) {
    if (pidOf(packets, offset) === VIDEO_PID && (packets[offset + 1]! & 0x40) !== 0) frames++
  }
  return frames
}

// The suite lists the programs that are missing.
const withFfmpeg =
  players.has('ffmpeg') && players.has('ffprobe')
    ? describe.each(Object.keys(CODECS))
    : describe.skip.each(['all codecs'])

withFfmpeg(`${SWITCHES} switches between two sources of %s and AAC, a slate now and then`, (codec) => {
  const clips: Buffer[] = []
  beforeAll(() => {
    clips.push(makeClip(codec, 0), makeClip(codec, 1))
  }, 60_000)

  describe('between frames', () => {
    const file = join(folder, `${codec}.ts`)
    let frames = 0
    const checker = createTransportStreamChecker()
    beforeAll(() => {
      const spliced = spliceClips(clips, 'between frames')
      frames = countFrames(spliced)
      checker.push(spliced)
      writeFileSync(file, spliced)
    }, 60_000)

    test('the checker finds nothing', () => expect(checker.report({ isComplete: true }).problems).toEqual([]))

    test('ffmpeg decodes every frame', () => expect(countDecoded(file)).toBe(frames), 60_000)

    for (const player of ['ffmpeg', 'ffprobe', 'mpv', 'vlc'] as const) {
      const testWithPlayer = players.has(player) ? test : test.skip
      testWithPlayer(
        `${player} plays it through without a complaint`,
        async () => expect(await players.complaints(player, file)).toEqual([]),
        120_000,
      )
    }
  })

  test('in mid-frame: the checker finds nothing, and only the cut frames are lost', () => {
    const spliced = spliceClips(clips, 'in the middle of a frame')
    const checker = createTransportStreamChecker()
    checker.push(spliced)
    expect(checker.report({ isComplete: true }).problems).toEqual([])
    const file = join(folder, `${codec}-cut.ts`)
    writeFileSync(file, spliced)
    const decoded = countDecoded(file)
    expect(decoded).toBeLessThanOrEqual(countFrames(spliced))
    expect(decoded).toBeGreaterThanOrEqual(countFrames(spliced) - SWITCHES - 1)
  }, 120_000)
})
