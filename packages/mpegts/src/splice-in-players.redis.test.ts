import { Buffer } from 'node:buffer'
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createPacketAligner, createSplicer, PACKET_BYTES, pidOf } from './index.ts'

const SWITCHES = 20
/** After each fifth source nothing comes for a while. */
const SLATE_EVERY = 5
const SLATE_SECONDS = 2
const VIDEO_PID = 0x100

const has = (program: string) => spawnSync(program, ['--version']).error === undefined
const folder = mkdtempSync(join(tmpdir(), 'kptv-players-'))
afterAll(() => rmSync(folder, { recursive: true }))

// VLC refuses to be root; nobody else could read the folder.
chmodSync(folder, 0o755)
const asNobody = process.getuid?.() === 0 ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : []

function run(command: string, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(command, args, {
    encoding: 'utf8',
    maxBuffer: 50_000_000,
    env: { ...process.env, HOME: folder },
  })
  return { status, output: stdout + stderr }
}

const CODECS: Record<string, string[]> = {
  'H.264': ['libx264', '-preset', 'veryfast', '-g', '25', '-bf', '2'],
  // Its key frames refer to nothing before them, but pictures behind them do: open groups of pictures.
  HEVC: ['libx265', '-preset', 'ultrafast', '-x265-params', 'log-level=error:keyint=25'],
  'MPEG-2': ['mpeg2video', '-g', '12', '-bf', '2', '-b:v', '1M'],
}

/** Six seconds with the sound of their own; the second clip is of constant bit rate, as from a multiplexer. */
function makeClip(codec: string, index: number): Buffer {
  const file = join(folder, `${codec}-${index}.ts`)
  const picture = ['testsrc2', 'smptebars'][index]
  const source = ['-f', 'lavfi', '-i', `${picture}=size=320x180:rate=25`]
  const sound = ['-f', 'lavfi', '-i', `sine=frequency=${440 * (index + 1)}:sample_rate=48000`]
  const video = ['-c:v', ...CODECS[codec]!, '-c:a', 'aac', '-ac', '2', '-t', '6']
  const mux = ['-f', 'mpegts', ...(index === 1 ? ['-muxrate', '2000000'] : [])]
  const { status, output } = run('ffmpeg', '-v', 'error', ...source, ...sound, ...video, ...mux, file)
  if (status !== 0) throw new Error(output)
  return readFileSync(file)
}

/** From source to source in the middle of packets, pictures and groups of pictures; always at other places. */
function spliceClips(clips: readonly Buffer[]): Buffer {
  const [aligner, splicer] = [createPacketAligner(), createSplicer({ canFill: true })]
  const pieces: Buffer[] = []
  for (let turn = 0; turn <= SWITCHES; turn++) {
    const clip = clips[turn % clips.length]!
    const from = Math.floor(clip.length * ((turn * 0.137) % 0.5))
    const to = Math.floor(clip.length * (0.8 + ((turn * 0.071) % 0.2)))
    aligner.reset()
    splicer.startInput()
    for (let at = from; at < to; at += 65_536) {
      const spliced = splicer.push(aligner.push(Buffer.from(clip.subarray(at, Math.min(to, at + 65_536)))))
      expect(spliced.incompatible).toBeUndefined()
      pieces.push(spliced.packets)
    }
    if (turn % SLATE_EVERY !== SLATE_EVERY - 1) continue
    splicer.startInput()
    for (let slice = 0; slice < SLATE_SECONDS * 10; slice++) pieces.push(splicer.fill(9_000).packets)
  }
  return Buffer.concat(pieces)
}

function countPictures(packets: Buffer): number {
  let pictures = 0
  for (let offset = 0; offset < packets.length; offset += PACKET_BYTES) {
    if (pidOf(packets, offset) === VIDEO_PID && (packets[offset + 1]! & 0x40) !== 0) pictures++
  }
  return pictures
}

// Not everybody has these programs; the suite says so in its list.
const withFfmpeg =
  has('ffmpeg') && has('ffprobe') ? describe.each(Object.keys(CODECS)) : describe.skip.each(['all codecs'])
const withVlc = has('cvlc') && (asNobody.length === 0 || has('setpriv')) ? test : test.skip
const withMpv = has('mpv') ? test : test.skip

withFfmpeg(`${SWITCHES} switches between two sources of %s and AAC, a slate now and then`, (codec) => {
  const file = join(folder, `${codec}.ts`)
  let pictures = 0

  beforeAll(() => {
    const spliced = spliceClips([makeClip(codec, 0), makeClip(codec, 1)])
    pictures = countPictures(spliced)
    writeFileSync(file, spliced)
  }, 60_000)

  test('ffmpeg decodes every picture, without a word', () => {
    const decoded = run('ffmpeg', '-v', 'warning', '-xerror', '-i', file, '-f', 'null', '-')
    expect(decoded).toEqual({ status: 0, output: '' })
    const count = ['-v', 'error', '-count_frames', '-select_streams', 'v', '-show_entries', 'stream=nb_read_frames']
    expect(run('ffprobe', ...count, '-of', 'csv=p=0', file).output).toMatch(new RegExp(`^${pictures}\\b`))
  }, 60_000)

  test.each(['v', 'a'])(
    'ffprobe sees decode times that only grow: %s',
    (kind) => {
      const entries = ['-select_streams', kind, '-show_entries', 'packet=dts', '-of', 'csv=p=0']
      const { output } = run('ffprobe', '-v', 'error', ...entries, file)
      const stamps = [...output.matchAll(/^\d+/gm)].map(Number)
      expect(stamps.length).toBeGreaterThan(1_000)
      expect(stamps.filter((stamp, index) => index > 0 && stamp <= stamps[index - 1]!)).toEqual([])
    },
    60_000,
  )

  withMpv(
    'mpv plays it without an error',
    () => {
      const options = [
        '--no-config',
        '--msg-level=all=error',
        '--vo=null',
        '--ao=null',
        '--untimed',
        '--ao-null-untimed=yes',
      ]
      expect(run('mpv', ...options, file)).toEqual({ status: 0, output: '' })
    },
    60_000,
  )

  withVlc(
    'VLC plays it without an error, and fills its buffer only once',
    () => {
      const quiet = ['-I', 'dummy', '--no-color', '-vv', '--vout', 'dummy', '--aout', 'adummy', '--no-dbus']
      const [command, ...args] = [...asNobody, 'cvlc', ...quiet, '--rate', '16', file, 'vlc://quit']
      const { status, output } = run(command!, ...args)
      expect(status).toBe(0)
      expect(output.match(/Stream buffering done/g)).toHaveLength(1)
      expect(output.match(/.*(ES_OUT_RESET_PCR|discontinuity|(avcodec|ts|faad|packetizer\S*) \S+ error).*/g)).toBeNull()
    },
    120_000,
  )
})
