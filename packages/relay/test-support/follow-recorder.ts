import { createTransportStreamChecker, createTransportStreamMaker, type TransportStreamMaker } from '@kptv/testkit'
import type { FollowOptions, InterruptReason, MediaOrigin, Relay, RelayPublisher } from '../src/index.ts'

type RelayEvent =
  | { readonly kind: 'interrupted'; readonly reason: InterruptReason; readonly term: number }
  | { readonly kind: 'ended'; readonly reason: string; readonly term: number }

/** A follower that keeps and checks everything it receives. */
export function recordFollower(relay: Relay, channelId: string, options?: FollowOptions) {
  const checker = createTransportStreamChecker()
  const pieces: Buffer[] = []
  const joinPoints: number[] = []
  const events: RelayEvent[] = []
  /** One after the other, as they changed. */
  const origins: Array<MediaOrigin | undefined> = []
  /** Of each message. */
  const states: unknown[] = []
  const counts = { bytes: 0, alive: 0 }
  const follower = relay.follow(
    channelId,
    {
      media(packets, offsets, origin, state) {
        states.push(state)
        if (origins.length === 0 || JSON.stringify(origins.at(-1)) !== JSON.stringify(origin)) origins.push(origin)
        // The packets may be a view of a buffer of the transport: a copy shows later changes of it.
        pieces.push(Buffer.from(packets))
        joinPoints.push(...offsets.map((offset) => counts.bytes + offset))
        counts.bytes += packets.length
        checker.push(packets)
      },
      interrupted: (reason, term) => void events.push({ kind: 'interrupted', reason, term }),
      ended: (reason, term) => void events.push({ kind: 'ended', reason, term }),
      alive: () => void counts.alive++,
    },
    options,
  )
  return {
    follower,
    events,
    counts,
    joinPoints,
    origins,
    states,
    bytes: () => Buffer.concat(pieces),
    report: () => checker.report(),
  }
}

/** Feeds a publisher with generated packets, and remembers them. */
export function feedFrom(publisher: RelayPublisher, maker: TransportStreamMaker = createTransportStreamMaker()) {
  const pieces: Buffer[] = []
  const joinPoints: number[] = []
  let bytes = 0
  return {
    /** The next `ms` of media, at once. */
    append(ms: number): void {
      const chunk = maker.nextChunk(ms)
      publisher.append({ packets: chunk.bytes, joinPoints: chunk.joinOffsets })
      pieces.push(chunk.bytes)
      joinPoints.push(...chunk.joinOffsets.map((offset) => bytes + offset))
      bytes += chunk.bytes.length
    },
    bytes: () => Buffer.concat(pieces),
    /** Byte offsets of the join points so far. */
    joinPoints,
    bytesSoFar: () => bytes,
  }
}
