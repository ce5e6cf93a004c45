import type { Writable } from 'node:stream'
import { upstreamError } from '../upstream-error.ts'
import { startFfmpeg, toTransportStreamOf } from './ffmpeg-process.ts'
import type { Ffmpeg } from './find-ffmpeg.ts'

const FORMATS = { mp4: 'mov', audio: 'aac,mp3,ac3,eac3' }

/**
 * Fragmented MP4, or packed audio, as a transport stream: streams are copied. ffmpeg gets the bytes and gives bytes; it opens nothing itself (the one protocol
 * allowed to it is its standard input).
 *
 * @throws UpstreamError `ffmpeg-failed`, and whatever the bytes throw, after all that came before
 */
export async function* remux(
  bytes: AsyncGenerator<Buffer>,
  options: { ffmpeg: Ffmpeg; container: keyof typeof FORMATS; url: string; signal: AbortSignal },
): AsyncGenerator<Buffer> {
  const { ffmpeg, container, url, signal } = options
  const process = startFfmpeg(ffmpeg, [
    ...['-protocol_whitelist', 'pipe', '-format_whitelist', FORMATS[container]],
    ...['-fflags', '+nobuffer', '-i', 'pipe:0'],
    ...toTransportStreamOf({ video: 0, audio: 0 }),
  ])
  const kill = (): void => void process.kill()
  signal.addEventListener('abort', kill, { once: true })
  const feeding = feed(bytes, process.inputs[0]!)
  try {
    for await (const chunk of process.stdout) yield chunk as Buffer
    const [fed, ended] = await Promise.all([feeding, process.ended])
    if (signal.aborted) throw upstreamError('aborted', url)
    if (fed.error !== undefined) throw fed.error
    if (ended !== 0) throw upstreamError('ffmpeg-failed', url)
  } finally {
    signal.removeEventListener('abort', kill)
    await process.kill()
    await feeding
  }
}

/** Ends the input when the bytes have ended, in whatever way; says how. */
async function feed(bytes: AsyncGenerator<Buffer>, stdin: Writable): Promise<{ readonly error: unknown }> {
  try {
    for await (const chunk of bytes) {
      if (stdin.destroyed) break
      if (!stdin.write(chunk) && !stdin.destroyed) await drainedOrClosed(stdin)
    }
    return { error: undefined }
  } catch (error) {
    return { error }
  } finally {
    stdin.end()
  }
}

function drainedOrClosed(stdin: Writable): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      stdin.off('drain', done)
      stdin.off('close', done)
      resolve()
    }
    stdin.on('drain', done)
    stdin.on('close', done)
  })
}
