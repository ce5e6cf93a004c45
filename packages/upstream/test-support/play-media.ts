import { createSplicer } from '@kptv/mpegts/test-support'
import { createTransportStreamChecker } from '@kptv/testkit'
import { type OpenMediaRequest, openMedia } from '../src/open-media.ts'
import { NEW_INPUT } from '../src/open-stream.ts'
import { requestOptions } from './requests.ts'

/** Plays into a splicer, as a session does, and lets the checker judge what comes out. */
export async function playMedia(url: string, more: Partial<OpenMediaRequest> = {}) {
  const stream = await openMedia({
    ...requestOptions(),
    url,
    headers: [['User-Agent', 'kptv/1']],
    variantLimits: {},
    ffmpeg: undefined,
    ...more,
  })
  const splicer = createSplicer()
  const checker = createTransportStreamChecker()
  const seen = { bytes: 0, inputs: 1, error: undefined as unknown, ended: false }
  const outputs: Buffer[] = []
  splicer.startInput()
  stream.body.on('data', (piece: Buffer | typeof NEW_INPUT) => {
    if (piece === NEW_INPUT) {
      seen.inputs += 1
      splicer.startInput()
      return
    }
    const { packets } = splicer.push(piece)
    seen.bytes += packets.length
    checker.push(packets)
    outputs.push(packets)
  })
  stream.body.on('error', (error) => {
    seen.error = error
  })
  stream.body.on('end', () => {
    seen.ended = true
  })
  return {
    seen,
    report: () => checker.report(),
    /** All that came out. */
    output: () => Buffer.concat(outputs),
    signature: () => splicer.signature,
    /** Media that came out, by its clock: the makers of the testkit send one every 20 ms. */
    mediaMs: () => checker.report().clocks.pcrs * 20,
    close: () => stream.close(),
    patienceMs: () => stream.patienceMs?.(),
    [Symbol.asyncDispose]: () => stream.close(),
  }
}
