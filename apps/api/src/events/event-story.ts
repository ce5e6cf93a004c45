import type { AdminOrder, EventFacts } from '@kptv/contract'
import { LRUCache } from 'lru-cache'
import type { EdgeEvent } from './edge-events.ts'

/** What is reported of an event, with ids where there will be names. */
export type Report = WithoutNames<EventFacts>

type Named = 'channelName' | 'sourceName' | 'fromSourceName'
type WithoutNames<Facts> = Facts extends unknown ? Omit<Facts, Named> : never

type Failed = { readonly sourceId: string; readonly atMs: number }

/** The same failure again within this time is no news. */
const NEWS_MS = 60_000
const MAX_REMEMBERED = 1_000

/** Reported again only after a while: players come back, and guess passwords, again and again. */
const REPEATED: ReadonlySet<string> = new Set(['stream-failed', 'channel-failed', 'conversion-failed', 'login'])
/** Reasons for the end of a channel that are no fault. */
const IN_ORDER: ReadonlySet<string> = new Set(['idle', 'stopped'])

/** Makes of the many events of a node the few that people want to read. */
export class EventStory {
  /** The first failure of each channel since it last played. */
  readonly #failed = new Map<string, Failed>()
  /** The stream that each channel plays. */
  readonly #playing = new Map<string, { readonly streamId: string; readonly sourceId: string }>()
  /** When each was reported, by its text. */
  readonly #reportedAtMs = new LRUCache<string, number>({ max: MAX_REMEMBERED })

  /** @param nowMs any clock */
  report(event: EdgeEvent, nowMs: number): Report | undefined {
    const report = this.#report(event, nowMs)
    if (report === undefined || !REPEATED.has(report.type)) return report
    const text = JSON.stringify(report)
    const reportedAtMs = this.#reportedAtMs.get(text)
    if (reportedAtMs !== undefined && nowMs - reportedAtMs < NEWS_MS) return undefined
    this.#reportedAtMs.set(text, nowMs)
    return report
  }

  #report(event: EdgeEvent, nowMs: number): Report | undefined {
    switch (event.type) {
      case 'stream-failed': {
        const { channelId: channel, sourceId: source, streamId: stream, code } = event
        if (!this.#failed.has(channel)) this.#failed.set(channel, { sourceId: source, atMs: nowMs })
        return { type: 'stream-failed', channel, source, stream, code }
      }
      case 'stream-playing': {
        const { channelId: channel, sourceId: source, streamId: stream } = event
        const failed = this.#failed.get(channel)
        const played = this.#playing.get(channel)
        this.#failed.delete(channel)
        this.#playing.set(channel, event)
        const changed = { type: 'stream-changed', channel, source, stream } as const
        if (failed !== undefined) {
          const afterMs = Math.max(0, Math.round(nowMs - failed.atMs))
          return { ...changed, fromSource: failed.sourceId, afterMs }
        }
        if (played === undefined || played.streamId === stream) return undefined
        return { ...changed, fromSource: played.sourceId }
      }
      case 'channel-ended': {
        this.#failed.delete(event.channelId)
        this.#playing.delete(event.channelId)
        if (IN_ORDER.has(event.reason)) return undefined
        return { type: 'channel-failed', channel: event.channelId, code: event.reason }
      }
      case 'lead-taken':
        return event.isTakeover ? { type: 'channel-taken-over', channel: event.channelId } : undefined
      case 'conversion-failed':
        return { type: 'conversion-failed', channel: event.channelId, format: event.format }
      case 'admin-login':
      case 'viewer-login': {
        const who = event.type === 'admin-login' ? 'operator' : 'viewer'
        return { type: 'login', who, address: event.address, outcome: event.outcome }
      }
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
      case 'node-stopped':
        return { type: event.type }
      case 'node-gone':
        return event.reason === undefined ? { type: 'node-gone' } : { type: 'node-gone', reason: event.reason }
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
