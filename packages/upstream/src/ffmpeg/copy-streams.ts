import { Readable, type Writable } from 'node:stream'
import { upstreamError } from '../upstream-error.ts'
import { startFfmpeg, toTransportStream } from './ffmpeg-process.ts'
import type { Ffmpeg } from './find-ffmpeg.ts'
import { threeLetterLanguage } from './language.ts'

/** Bytes of one container, and the tracks to take from it. */
export type CopyInput = {
  readonly container: keyof typeof FORMATS
  readonly bytes: AsyncIterable<Buffer>
  /** Added to all its times. */
  readonly offsetSeconds?: number
  /** In ffmpeg's words: `V:0?` is the first video track, if there is one. A cover image is none. */
  readonly tracks: readonly string[]
  /** Of its audio, as in BCP 47. */
  readonly language?: string | undefined
}

type CopyOptions = {
  readonly ffmpeg: Ffmpeg
  /** For errors: only its host is shown. */
  readonly url: string
  readonly signal: AbortSignal
  /** The times of the inputs belong together; otherwise the output begins at 0. */
  readonly keepsTimes?: boolean
}

const FORMATS = {
  mpegts: 'mpegts',
  mp4: 'mov',
  flv: 'flv',
  audio: 'aac,mp3,ac3,eac3',
  ogg: 'ogg',
}
/** Enough to recognise the tracks; ffmpeg would only wait for more. */
const PROBE = ['-probesize', '2000000', '-analyzeduration', '2000000']
/** Its codecs have no place in a transport stream that players expect. */
const ENCODE_AUDIO = ['-c:a', 'aac', '-b:a', '160k']

/**
 * Copies tracks of several inputs into one transport stream. ffmpeg gets bytes and gives bytes; the
 * one protocol allowed to it is its pipes.
 *
 * @throws UpstreamError `ffmpeg-failed`, `aborted`, and any error of the bytes, after all output
 *   before it
 */
export async function* copyStreams(inputs: readonly CopyInput[], options: CopyOptions): AsyncGenerator<Buffer> {
  const { ffmpeg, url, signal, keepsTimes = false } = options
  const process = startFfmpeg(ffmpeg, parametersFor(inputs, keepsTimes), { inputs: inputs.length })
  const kill = (): void => void process.kill()
  signal.addEventListener('abort', kill, { once: true })
  const feedings = inputs.map(({ bytes }, index) => feed(bytes, process.inputs[index]!))
  try {
    for await (const chunk of process.outputs[0]!) yield chunk as Buffer
    const ended = await process.ended
    if (ended !== 0) release(inputs)
    const [failed] = (await Promise.all(feedings)).filter(({ error }) => error !== undefined)
    if (signal.aborted) throw upstreamError('aborted', url)
    if (failed !== undefined) throw failed.error
    if (ended !== 0) throw upstreamError('ffmpeg-failed', url)
  } finally {
    signal.removeEventListener('abort', kill)
    await process.kill()
    release(inputs)
    await Promise.all(feedings)
  }
}

function parametersFor(inputs: readonly CopyInput[], keepsTimes: boolean): string[] {
  const one = inputs.length === 1
  const sources = inputs.flatMap(({ container, offsetSeconds = 0 }, index) => [
    ...(one ? ['-fflags', '+nobuffer'] : PROBE),
    ...(offsetSeconds === 0 ? [] : ['-itsoffset', offsetSeconds.toFixed(6)]),
    ...['-protocol_whitelist', 'pipe', '-format_whitelist', FORMATS[container]],
    ...['-i', `pipe:${index === 0 ? 0 : index + 2}`],
  ])
  const maps = inputs.flatMap(({ tracks }, index) => tracks.flatMap((track) => ['-map', `${index}:${track}`]))
  const encode = inputs.some(({ container }) => container === 'ogg') ? ENCODE_AUDIO : []
  return [...(keepsTimes ? ['-copyts'] : []), ...sources, ...maps, ...languages(inputs), ...toTransportStream(encode)]
}

/** Known only for inputs of one audio track each; the number is that of the track in the output. */
function languages(inputs: readonly CopyInput[]): string[] {
  const audio = inputs.filter(({ tracks }) => tracks.some((track) => track.startsWith('a')))
  return audio.flatMap(({ language }, index) => {
    const code = language === undefined ? undefined : threeLetterLanguage(language)
    return code === undefined ? [] : [`-metadata:s:a:${index}`, `language=${code}`]
  })
}

/** Ends the wait for bytes that will not be taken. */
function release(inputs: readonly CopyInput[]): void {
  for (const { bytes } of inputs) if (bytes instanceof Readable) bytes.destroy()
}

/** Ends the input when the bytes end or fail, and reports how. */
async function feed(bytes: AsyncIterable<Buffer>, stdin: Writable): Promise<{ readonly error: unknown }> {
  try {
    for await (const chunk of bytes) {
      if (stdin.destroyed) break
      if (!stdin.write(chunk) && !stdin.destroyed) await drainedOrClosed(stdin)
    }
    return { error: undefined }
  } catch (error) {
    const isReleased = bytes instanceof Readable && bytes.errored === null
    return { error: isReleased ? undefined : error }
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
