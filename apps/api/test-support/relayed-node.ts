import { createTransportStreamChecker, type MadeFrame, madeFrames } from '@kptv/testkit'
import { ChannelOutput } from '../src/media/channel-output.ts'
import type { RelayedMedia } from '../src/media/relayed-media.ts'

/** A message of the relay, as it travels. */
type Piece = Omit<RelayedMedia, 'isNew'>

/**
 * The output of a node that publishes what it makes, and takes what others publish, as a session
 * does; messages travel when the test wants it.
 */
export class RelayedNode {
  readonly checker = createTransportStreamChecker()
  readonly frames: MadeFrame[] = []
  readonly output: ChannelOutput
  #published: Piece[] = []
  #sinceJoinPoint: Buffer[] = []

  constructor() {
    this.output = new ChannelOutput({
      sink: {
        write: (packets, isJoinPoint) => this.#write(Buffer.from(packets), isJoinPoint),
        commit: () => undefined,
      },
    })
  }

  /** What a leader publishes first. */
  lead(): void {
    if (this.#sinceJoinPoint.length > 0) this.#publish(Buffer.concat(this.#sinceJoinPoint), true)
  }

  /** Messages since the last call. */
  published(): readonly Piece[] {
    const published = this.#published
    this.#published = []
    return published
  }

  /**
   * The messages of a new leader, without those that are lost for good: then the media continues at
   * the next join point.
   */
  hear(pieces: readonly Piece[], isLost: (index: number) => boolean = () => false): void {
    let isNew = true
    let isSeeking = false
    for (const [index, piece] of pieces.entries()) {
      isSeeking ||= isLost(index)
      const first = isSeeking ? piece.joinPoints[0] : 0
      if (isLost(index) || first === undefined) continue
      const joinPoints = piece.joinPoints.map((at) => at - first)
      this.output.handOn({ ...piece, packets: piece.packets.subarray(first), joinPoints, isNew: isNew || isSeeking })
      isNew = false
      isSeeking = false
    }
  }

  #write(packets: Buffer, isJoinPoint: boolean): void {
    this.checker.push(packets)
    this.frames.push(...madeFrames(packets))
    if (isJoinPoint) this.#sinceJoinPoint = []
    this.#sinceJoinPoint.push(packets)
    if (this.output.source !== 'relay') this.#publish(packets, isJoinPoint)
  }

  #publish(packets: Buffer, isJoinPoint: boolean): void {
    const { origin, place } = this.output
    const state: unknown = JSON.parse(JSON.stringify(place))
    this.#published.push({ packets, joinPoints: isJoinPoint ? [0] : [], origin, state })
  }
}
