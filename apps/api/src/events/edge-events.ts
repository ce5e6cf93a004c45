import type { AdminOrder } from '@kptv/contract'
import type { EndReason } from '@kptv/failover'

/** The stream of an event: ids, never names that a provider chose, never addresses. */
export type EventSubject = { readonly channelId: string; readonly sourceId: string; readonly streamId: string }

/**
 * What a stream goes through, in this order: it has a slot, the provider is asked, has answered,
 * has sent the first media, and enough to play.
 */
export type StreamStep = 'slot-taken' | 'stream-connecting' | 'stream-connected' | 'media-arrived' | 'stream-playing'

/** Events of this node, for its listeners: the log, the metrics, the page. */
export type EdgeEvent =
  | ({ readonly type: StreamStep } & EventSubject)
  /** The stream failed, or ended after it had played. */
  | ({ readonly type: 'stream-failed'; readonly code: string } & EventSubject)
  | { readonly type: 'media-received'; readonly channelId: string; readonly bytes: number }
  | { readonly type: 'viewer-joined'; readonly channelId: string }
  | {
      readonly type: 'viewer-left'
      readonly channelId: string
      readonly reason: ViewerEnd
      readonly sentBytes: number
      readonly jumps: number
    }
  /**
   * This node leads the channel from now on; `isTakeover`: its viewers had media from another
   * leader before.
   */
  | { readonly type: 'lead-taken'; readonly channelId: string; readonly isTakeover: boolean }
  /** This node gave up the lead. With a reason, it has no stream left and lets others try. */
  | { readonly type: 'lead-given-up'; readonly channelId: string; readonly reason: EndReason | undefined }
  | { readonly type: 'channel-ended'; readonly channelId: string; readonly reason: EndReason }
  /** ffmpeg has failed at packing a channel for HLS; it is started again. */
  | { readonly type: 'conversion-failed'; readonly channelId: string; readonly format: string }
  /**
   * A message of the relay was dropped: unread, of a former leader or in a foreign format; or
   * unsent, because Redis did not take it.
   */
  | { readonly type: 'message-dropped'; readonly reason: 'foreign' | 'stale' | 'unsent' }
  /** Someone logged in on the page of operators, or on that of viewers, or tried to. */
  | {
      readonly type: 'admin-login' | 'viewer-login'
      readonly address: string
      readonly outcome: 'right' | 'wrong'
    }
  /** A person gave an order at this node; `outcome`: `done`, or the code of the error. */
  | {
      readonly type: 'order-given'
      readonly order: AdminOrder
      readonly outcome: string
      readonly address: string
      readonly nodes: readonly string[]
    }
  | { readonly type: 'node-started'; readonly version: string }
  | { readonly type: 'node-drains' }
  | { readonly type: 'node-stopped'; readonly incarnation: string }
  /** Another edge process is gone; every node that sees it says so. */
  | {
      readonly type: 'node-gone'
      readonly node: string
      readonly incarnation: string
      readonly reason: string | undefined
    }
  /** Another generation of the catalogue is served, after an import. */
  | { readonly type: 'catalog-adopted'; readonly generation: number }

/** `left`: its player closed the response. `ended`: the channel ended under it. */
type ViewerEnd = 'left' | 'ended'

/** Hands each event to all listeners, at once and in the order in which they came. */
export class EdgeEvents {
  readonly #listeners = new Set<(event: EdgeEvent) => void>()

  emit(event: EdgeEvent): void {
    for (const listener of this.#listeners) listener(event)
  }

  /** @returns ends it */
  listen(listener: (event: EdgeEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }
}
