import { type ChannelEvent, type ChannelState, mayChangeStream } from '@kptv/failover'
import type { HandOver } from './hand-over.ts'
import type { SessionMedia } from './session-media.ts'

/** What people may order a session to do. Each returns false if it is not possible now. */
export type SessionOrders = {
  /** Another node with viewers leads, whichever can. */
  readonly moveLead: () => boolean
  /** The next stream is played. */
  readonly changeStream: () => boolean
  /** The response of this viewer ends. */
  readonly endViewer: (viewerId: string) => boolean
}

export function createSessionOrders({
  handOver,
  media,
  state,
  send,
}: {
  readonly handOver: Pick<HandOver, 'move'>
  readonly media: Pick<SessionMedia, 'endViewer'>
  readonly state: () => ChannelState
  readonly send: (event: ChannelEvent) => void
}): SessionOrders {
  return {
    moveLead: () => handOver.move(),

    changeStream() {
      const isPossible = mayChangeStream(state())
      if (isPossible) send({ type: 'stream-unwanted' })
      return isPossible
    },

    endViewer: (viewerId) => media.endViewer(viewerId),
  }
}
