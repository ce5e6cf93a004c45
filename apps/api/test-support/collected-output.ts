import { ChannelOutput, type ChannelOutputOptions } from '../src/media/channel-output.ts'

/** An output whose media is taken when the test wants it. */
export function createCollectedOutput(options: Partial<ChannelOutputOptions> = {}) {
  let pieces: Buffer[] = []
  const seen = { bytes: 0, commits: 0 }
  const output = new ChannelOutput({
    sink: {
      write(packets) {
        pieces.push(Buffer.from(packets))
        seen.bytes += packets.length
      },
      commit() {
        seen.commits += 1
      },
    },
    ...options,
  })
  return {
    output,
    seen,
    /** The media since the last call. */
    take(): Buffer {
      const taken = Buffer.concat(pieces)
      pieces = []
      return taken
    },
  }
}
