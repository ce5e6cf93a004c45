import { type CollectingSplicer, createSplicer, type SplicerState, wrapTicks } from '@kptv/mpegts'
import type { MediaOrigin } from '@kptv/relay'

type Spliced = ReturnType<CollectingSplicer['push']>

/** The one output of a session, whatever its inputs are. */
export type ChannelOutput = {
  /**
   * Another connection, or another node's output. What the viewers have had of the same stream is not played again, over
   * whatever way it came.
   *
   * @param origin of a connection: its stream, with nothing added; `undefined`: not known
   */
  startInput(origin: MediaOrigin | undefined): void
  /** The present input goes on with other times and counters: nothing is known any more of what it has in common with others. */
  breakInput(): void
  /** Whole packets of the present input; the buffer is the output's from now on. */
  push(packets: Buffer): Spliced
  /** What is left of the present input is given up, and none follows yet. */
  pause(): void
  /** The next ticks (of 90 kHz) of a slate, while no input has come to a key frame; without `hasSlate` nothing. */
  fill(ticks: number): Spliced
  /** Of what was sent last; `undefined` while nothing of the present input was sent. */
  readonly origin: MediaOrigin | undefined
  /** What comes of the present input was had by the viewers already, or may have been: it is dropped. */
  readonly isRepeating: boolean
  /** Codecs of the present input, such as `h264+aac`. */
  readonly signature: string | undefined
  /** Up to where the viewers have had this stream, in its own time; `undefined` when another one was sent last. */
  playedTicks(streamId: string): number | undefined
  /** Where the output stands: counters and clocks. */
  snapshot(): SplicerState
}

/** @param options.hasSlate keeps what {@link ChannelOutput.fill} shows */
export function createChannelOutput(options: { hasSlate?: boolean } = {}): ChannelOutput {
  const splicer = createSplicer({ canFill: options.hasSlate === true })
  let input: MediaOrigin | undefined
  const output: ChannelOutput = {
    startInput(origin) {
      const isSame = input !== undefined && input.streamId === origin?.streamId
      const shiftTicks = isSame ? input!.offsetTicks - origin!.offsetTicks : 0
      splicer.startInput({ sameStream: isSame, shiftTicks })
      input = origin
    },

    breakInput: () => output.startInput(undefined),
    push: (packets) => splicer.push(packets),
    pause: () => splicer.startInput({ sameStream: true }),
    fill: (ticks) => splicer.fill(ticks),
    snapshot: () => splicer.snapshot(),

    get isRepeating() {
      return splicer.isRepeating
    },

    get signature() {
      return splicer.signature
    },

    playedTicks(streamId) {
      const { origin } = output
      const { time } = splicer.snapshot().timeline
      return time === undefined || origin?.streamId !== streamId ? undefined : wrapTicks(time - origin.offsetTicks)
    },

    get origin() {
      const { offsetTicks } = splicer
      if (input === undefined || offsetTicks === undefined) return undefined
      return { streamId: input.streamId, offsetTicks: wrapTicks(input.offsetTicks + offsetTicks) }
    },
  }
  return output
}

export function isSameOrigin(one: MediaOrigin | undefined, other: MediaOrigin | undefined): boolean {
  return one?.streamId === other?.streamId && one?.offsetTicks === other?.offsetTicks
}
