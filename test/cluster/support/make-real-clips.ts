import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

export type RealCodec = 'h264' | 'hevc'

/**
 * Whole frames of audio (1024 samples at 48 kHz) and whole groups of pictures, so that it repeats
 * without a seam.
 */
const ROUND_SECONDS = 9.6

const ENCODERS: Record<RealCodec, (gop: number) => string[]> = {
  // Without the encoder's own words, which fill the first packet of a key frame, where the checker
  // looks for what it is.
  h264: (size) => [
    ...['-c:v', 'libx264', '-preset', 'veryfast', '-g', `${size}`, '-bf', '2'],
    ...['-bsf:v', 'filter_units=remove_types=6'],
  ],
  // Frames behind its key frames refer to frames before them: open groups of pictures.
  hevc: (size) => ['-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params', `log-level=error:info=0:keyint=${size}`],
}

/**
 * What sources do not have in common: pattern, pitch, length of a group of pictures, PIDs, clock,
 * multiplexing.
 */
const MAKERS: ReadonlyArray<{
  readonly pattern: string
  readonly hertz: number
  readonly gop: number
  readonly multiplexer: string[]
}> = [
  { pattern: 'testsrc2', hertz: 440, gop: 24, multiplexer: ['-mpegts_start_pid', '0x31'] },
  // Constant bit rate; its 33 bits of clock are full (26.5 h) after some seconds.
  {
    pattern: 'smptebars',
    hertz: 880,
    gop: 30,
    multiplexer: ['-mpegts_start_pid', '0x200', '-output_ts_offset', '95430', '-muxrate', '1200000'],
  },
  {
    pattern: 'testsrc',
    hertz: 660,
    gop: 12,
    multiplexer: ['-mpegts_start_pid', '0x1011', '-mpegts_pmt_start_pid', '0x1f0', '-output_ts_offset', '40000'],
  },
]

/**
 * A clip of each of three makers with their own clocks, PIDs and groups of pictures, with AAC.
 * Files of `seconds` that run on.
 */
export async function makeRealClips(options: {
  readonly folder: string
  readonly codec: RealCodec
  readonly seconds: number
}): Promise<string[]> {
  const { folder, codec, seconds } = options
  const clips: string[] = []
  for (const [index, { pattern, hertz, gop, multiplexer }] of MAKERS.entries()) {
    const [round, clip] = [join(folder, `${codec}-${index}.mkv`), join(folder, `${codec}-${index}.ts`)]
    await run('ffmpeg', [
      ...['-v', 'error', '-f', 'lavfi', '-i', `${pattern}=size=320x180:rate=25`],
      ...['-f', 'lavfi', '-i', `sine=frequency=${hertz}:sample_rate=48000`, '-t', `${ROUND_SECONDS}`],
      ...[...ENCODERS[codec](gop), '-pix_fmt', 'yuv420p', '-c:a', 'aac', '-ac', '2', round],
    ])
    const rounds = ['-stream_loop', '-1', '-i', round, '-t', `${seconds}`, '-c', 'copy']
    await run('ffmpeg', ['-v', 'error', ...rounds, '-f', 'mpegts', ...multiplexer, clip])
    clips.push(clip)
  }
  return clips
}
