import type { AdminOrder, EventFacts } from '@kptv/contract'
import type { EdgeEvent } from './edge-events.ts'

/** What is told of an event, with ids where there will be names. */
export type Told = WithoutNames<EventFacts>

type Named = 'channelName' | 'sourceName' | 'fromSourceName'
type WithoutNames<Facts> = Facts extends unknown ? Omit<Facts, Named> : never

type Failed = { readonly sourceId: string; readonly atMs: number }

/** Reasons for the end of a channel that are no fault. */
const IN_ORDER: ReadonlySet<string> = new Set(['idle', 'stopped'])

/** Makes of the many events of a node the few that people want to read. */
export class EventStory {
  /** The first failure of each channel since it last played. */
  readonly #failed = new Map<string, Failed>()

  /** @param nowMs any clock */
  tell(event: EdgeEvent, nowMs: number): Told | undefined {
    switch (event.type) {
      case 'stream-failed': {
        const { channelId: channel, sourceId: source, streamId: stream, code } = event
        if (!this.#failed.has(channel)) this.#failed.set(channel, { sourceId: source, atMs: nowMs })
        return { type: 'stream-failed', channel, source, stream, code }
      }
      case 'stream-playing': {
        const { channelId: channel, sourceId: source, streamId: stream } = event
        const failed = this.#failed.get(channel)
        this.#failed.delete(channel)
        if (failed === undefined) return undefined
        const afterMs = Math.max(0, Math.round(nowMs - failed.atMs))
        return { type: 'stream-changed', channel, source, stream, fromSource: failed.sourceId, afterMs }
      }
      case 'channel-ended': {
        this.#failed.delete(event.channelId)
        if (IN_ORDER.has(event.reason)) return undefined
        return { type: 'channel-failed', channel: event.channelId, code: event.reason }
      }
      case 'lead-taken':
        return event.isTakeover ? { type: 'channel-taken-over', channel: event.channelId } : undefined
      case 'admin-login':
        return { type: 'login', address: event.address, outcome: event.outcome }
      case 'order-given':
        return {
          type: 'order',
          outcome: event.outcome,
          address: event.address,
          ...aboutOrder(event.order, event.nodes),
        }
      case 'node-started':
        return { type: 'node-started', version: event.version }
      case 'node-drains':
        return { type: 'node-drains' }
      default:
        return undefined
    }
  }
}

function aboutOrder(order: AdminOrder, nodes: readonly string[]) {
  const { order: name } = order
  if ('channel' in order) return { order: name, channel: order.channel }
  if ('stream' in order) return { order: name, target: order.stream }
  if ('node' in order) return { order: name, target: nodes[0] ?? order.node }
  return order.source === undefined ? { order: name } : { order: name, source: order.source }
}
