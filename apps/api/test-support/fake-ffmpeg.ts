import { PassThrough, Writable } from 'node:stream'
import type { FfmpegProcess } from '@kptv/upstream'

export type FakeFfmpeg = {
  readonly process: FfmpegProcess
  readonly parameters: readonly string[]
  /** What it was given, one entry for each segment. */
  readonly given: Buffer[]
  /** It has been told that nothing follows. */
  readonly isInputOver: () => boolean
  readonly isKilled: () => boolean
  readonly write: (bytes: Buffer) => void
  readonly end: (code: number) => void
}

/** ffmpeg as a test plays it: nothing comes out but what the test writes. */
export function createFakeFfmpeg(parameters: readonly string[] = []): FakeFfmpeg {
  const stdout = new PassThrough()
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
    stdout,
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
    write: (bytes) => void stdout.write(bytes),
    end: (code) => ended.resolve(code),
  }
}
