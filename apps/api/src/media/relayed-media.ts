import type { MediaOrigin } from '@kptv/relay'

/** A piece from another node. */
export type RelayedMedia = {
  readonly packets: Buffer
  /** Byte offsets. */
  readonly joinPoints: readonly number[]
  readonly origin: MediaOrigin | undefined
  /** Place of that node's output after the packets: an `OutputPlace`, if valid. */
  readonly state: unknown
  /** Nothing is known of what came before. */
  readonly isNew: boolean
}

/** Both continue the same connection, on the same clock. */
export function isSameOrigin(one: MediaOrigin | undefined, other: MediaOrigin | undefined): boolean {
  return one?.streamId === other?.streamId && one?.offsetTicks === other?.offsetTicks
}
