import { PassThrough, Writable } from 'node:stream'
import type { FfmpegProcess } from '@kptv/upstream'

export type FakeFfmpeg = {
  readonly process: FfmpegProcess
  readonly parameters: readonly string[]
  /** What it was given, one entry for each segment. */
  readonly given: Buffer[]
  /** Its input has ended. */
  readonly isInputOver: () => boolean
  readonly isKilled: () => boolean
  /** @param output 0: the first */
  readonly write: (bytes: Buffer, output?: number) => void
  readonly end: (code: number) => void
}

/** ffmpeg as a test plays it: nothing comes out but what the test writes. */
export function createFakeFfmpeg(parameters: readonly string[] = [], outputCount = 1): FakeFfmpeg {
  const outputs = Array.from({ length: outputCount }, () => new PassThrough())
  const ended = Promise.withResolvers<number>()
  const given: Buffer[] = []
  let isInputOver = false
  let isKilled = false
  const stdin = new Writable({
    write(bytes: Buffer, _encoding, done) {
      given.push(bytes)
      done()
    },
    final(done) {
      isInputOver = true
      done()
    },
  })
  const process: FfmpegProcess = {
    inputs: [stdin],
    outputs,
    ended: ended.promise,
    async kill() {
      isKilled = true
      ended.resolve(-1)
    },
  }
  return {
    process,
    parameters,
    given,
    isInputOver: () => isInputOver,
    isKilled: () => isKilled,
    write: (bytes, output = 0) => void outputs[output]!.write(bytes),
    end: (code) => ended.resolve(code),
  }
}
