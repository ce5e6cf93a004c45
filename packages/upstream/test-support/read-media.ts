import { type OpenMediaRequest, openMedia } from '../src/open-media.ts'
import { NEW_INPUT } from '../src/open-stream.ts'
import { requestOptions } from './requests.ts'

/** Reads a stream as it comes, without a splicer. */
export async function readMedia(url: string, more: Partial<OpenMediaRequest> = {}) {
  const stream = await openMedia({ ...requestOptions(), url, variantLimits: {}, ffmpeg: undefined, ...more })
  const pieces: Buffer[] = []
  let failure: unknown
  let inputs = 0
  stream.body.on('data', (piece: Buffer | typeof NEW_INPUT) => {
    if (piece === NEW_INPUT) inputs += 1
    else pieces.push(Buffer.from(piece))
  })
  stream.body.on('error', (error) => {
    failure = error
  })
  return {
    bytes: () => Buffer.concat(pieces),
    error: () => failure,
    inputs: () => inputs,
    [Symbol.asyncDispose]: () => stream.close(),
  }
}
