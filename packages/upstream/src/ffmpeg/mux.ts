import type { Readable } from 'node:stream'
import { upstreamError } from '../upstream-error.ts'
import { type FfmpegProcess, startFfmpeg, toTransportStreamOf } from './ffmpeg-process.ts'
import type { Ffmpeg } from './find-ffmpeg.ts'

export type MuxInput = {
  readonly container: 'mpegts' | 'mp4' | 'audio'
  /** When packed audio, which has no clock, begins on that of the video, in ticks of 90 kHz. */
  readonly clockTicks: number | undefined
  readonly bytes: Readable
}

const FORMATS = { mpegts: 'mpegts', mp4: 'mov', audio: 'aac,mp3,ac3,eac3' }
/** Enough to know the streams; more would only be waited for. */
const LOOK = ['-probesize', '2000000', '-analyzeduration', '2000000']
const TICKS_PER_SECOND = 90_000

/**
 * Video of one input and audio of another as one transport stream: copied, their times kept, so that they stay together. ffmpeg gets bytes and gives bytes; it
 * opens nothing itself.
 *
 * @param options.audioLagMs of packed audio that does not say when it begins: how much later than the video that is; negative: earlier
 * @throws UpstreamError `ffmpeg-failed`, `aborted`
 */
export async function* mux(
  { video, audio }: { video: MuxInput; audio: MuxInput },
  { ffmpeg, url, signal, audioLagMs = 0 }: { ffmpeg: Ffmpeg; url: string; signal: AbortSignal; audioLagMs?: number },
): AsyncGenerator<Buffer> {
  // Times are kept where both have them; else each side begins at 0, but for the lag.
  const isTimed = audio.container !== 'audio' || audio.clockTicks !== undefined
  const offsets = isTimed
    ? { video: 0, audio: (audio.clockTicks ?? 0) / TICKS_PER_SECOND }
    : { video: Math.max(0, -audioLagMs) / 1000, audio: Math.max(0, audioLagMs) / 1000 }
  const parameters = [
    ...(isTimed ? ['-copyts'] : []),
    ...inputOf(video, { address: 'pipe:0', offsetSeconds: offsets.video }),
    ...inputOf(audio, { address: 'pipe:3', offsetSeconds: offsets.audio }),
    ...toTransportStreamOf({ video: 0, audio: 1 }),
  ]
  const process = startFfmpeg(ffmpeg, parameters, { inputs: 2 })
  const kill = (): void => void process.kill()
  signal.addEventListener('abort', kill, { once: true })
  feed(process, [video.bytes, audio.bytes])
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

function inputOf({ container }: MuxInput, about: { address: string; offsetSeconds: number }): string[] {
  const { address, offsetSeconds } = about
  const offset = offsetSeconds === 0 ? [] : ['-itsoffset', offsetSeconds.toFixed(6)]
  const allowed = ['-protocol_whitelist', 'pipe', '-format_whitelist', FORMATS[container]]
  return [...LOOK, ...offset, ...allowed, '-i', address]
}

function feed({ inputs }: FfmpegProcess, sources: readonly Readable[]): void {
  for (const [index, source] of sources.entries()) source.pipe(inputs[index]!)
}
