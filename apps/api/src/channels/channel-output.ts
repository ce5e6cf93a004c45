import { createSplicer, type Splicer, type SplicerState, wrapTicks } from '@kptv/mpegts'
import type { MediaOrigin } from '@kptv/relay'

type Spliced = ReturnType<Splicer['push']>

/** The one output of a session, whatever its inputs are. */
export type ChannelOutput = {
  /**
   * Another connection, or another node's output. What the viewers have had of the same stream is not played again, over
   * whatever way it came.
   *
   * @param origin of a connection: its stream, with nothing added; `undefined`: not known
   */
  startInput(origin: MediaOrigin | undefined): void
  /** Whole packets of the present input; the buffer is the output's from now on. */
  push(packets: Buffer): Spliced
  /** Of what was sent last; `undefined` while nothing of the present input was sent. */
  readonly origin: MediaOrigin | undefined
  /** Where the output stands: counters and clocks. */
  snapshot(): SplicerState
}

export function createChannelOutput(): ChannelOutput {
  const splicer = createSplicer()
  let input: MediaOrigin | undefined
  return {
    startInput(origin) {
      const isSame = input !== undefined && input.streamId === origin?.streamId
      const shiftTicks = isSame ? input!.offsetTicks - origin!.offsetTicks : 0
      splicer.startInput({ sameStream: isSame, shiftTicks })
      input = origin
    },

    push: (packets) => splicer.push(packets),
    snapshot: () => splicer.snapshot(),

    get origin() {
      const { offsetTicks } = splicer
      if (input === undefined || offsetTicks === undefined) return undefined
      return { streamId: input.streamId, offsetTicks: wrapTicks(input.offsetTicks + offsetTicks) }
    },
  }
}

export function isSameOrigin(one: MediaOrigin | undefined, other: MediaOrigin | undefined): boolean {
  return one?.streamId === other?.streamId && one?.offsetTicks === other?.offsetTicks
}
