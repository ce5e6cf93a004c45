import type { Readable } from 'node:stream'
import { upstreamError } from '../upstream-error.ts'
import { type FfmpegProcess, startFfmpeg, toTransportStreamOf } from './ffmpeg-process.ts'
import type { Ffmpeg } from './find-ffmpeg.ts'

export type MuxInput = {
  readonly container: 'mpegts' | 'mp4' | 'audio'
  /** When bare sound, which has no clock, begins on that of the pictures, in ticks of 90 kHz. */
  readonly clockTicks: number | undefined
  readonly bytes: Readable
}

const FORMATS = { mpegts: 'mpegts', mp4: 'mov', audio: 'aac,mp3,ac3,eac3' }
/** Enough to know the streams; more would only be waited for. */
const LOOK = ['-probesize', '2000000', '-analyzeduration', '2000000']
const TICKS_PER_SECOND = 90_000

/**
 * Pictures of one input and sound of another as one transport stream: copied, their times kept, so that they stay together. ffmpeg gets bytes and gives bytes; it
 * opens nothing itself.
 *
 * @throws UpstreamError `ffmpeg-failed`, `aborted`
 */
export async function* mux(
  { picture, sound }: { picture: MuxInput; sound: MuxInput },
  { ffmpeg, url, signal }: { ffmpeg: Ffmpeg; url: string; signal: AbortSignal },
): AsyncGenerator<Buffer> {
  // Where it is not said when the sound begins, both begin together.
  const isTimed = sound.container !== 'audio' || sound.clockTicks !== undefined
  const parameters = [
    ...(isTimed ? ['-copyts'] : []),
    ...inputOf(picture, 'pipe:0'),
    ...inputOf(sound, 'pipe:3'),
    ...toTransportStreamOf({ picture: 0, sound: 1 }),
  ]
  const process = startFfmpeg(ffmpeg, parameters, { inputs: 2 })
  const kill = (): void => void process.kill()
  signal.addEventListener('abort', kill, { once: true })
  feed(process, [picture.bytes, sound.bytes])
  try {
    for await (const chunk of process.stdout) yield chunk as Buffer
    const ended = await process.ended
    if (signal.aborted) throw upstreamError('aborted', url)
    if (ended !== 0) throw upstreamError('ffmpeg-failed', url)
  } finally {
    signal.removeEventListener('abort', kill)
    await process.kill()
  }
}

function inputOf({ container, clockTicks }: MuxInput, address: string): string[] {
  const offset = clockTicks === undefined ? [] : ['-itsoffset', String(clockTicks / TICKS_PER_SECOND)]
  const allowed = ['-protocol_whitelist', 'pipe', '-format_whitelist', FORMATS[container]]
  return [...LOOK, ...offset, ...allowed, '-i', address]
}

function feed({ inputs }: FfmpegProcess, sources: readonly Readable[]): void {
  for (const [index, source] of sources.entries()) source.pipe(inputs[index]!)
}
