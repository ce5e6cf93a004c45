import type { EdgeEvent } from './edge-events.ts'
import type { Metrics } from './metrics.ts'

/** Counts for `/metrics`. */
export function countEvents(metrics: Metrics): (event: EdgeEvent) => void {
  /** Why the last attempt of a channel failed, until one plays: the next attempt is a retry. */
  const lastFailures = new Map<string, string>()
  return (event) => {
    switch (event.type) {
      case 'stream-connecting': {
        metrics.attempts.inc({ source: event.sourceId })
        const code = lastFailures.get(event.channelId)
        if (code !== undefined) metrics.retries.inc({ source: event.sourceId, code })
        return
      }
      case 'stream-playing':
        return void lastFailures.delete(event.channelId)
      case 'stream-failed':
        lastFailures.set(event.channelId, event.code)
        return metrics.failures.inc({ source: event.sourceId, code: event.code })
      case 'media-received':
        return metrics.mediaBytes.inc(event.bytes)
      case 'viewer-left':
        metrics.viewersLeft.inc()
        metrics.sentBytes.inc(event.sentBytes)
        return metrics.jumps.inc(event.jumps)
      case 'lead-taken':
        return event.isTakeover ? metrics.takeovers.inc() : undefined
      case 'conversion-failed':
        return metrics.failedConversions.inc({ format: event.format })
      case 'message-dropped':
        return metrics.droppedMessages.inc({ reason: event.reason })
      case 'channel-ended':
        return void lastFailures.delete(event.channelId)
    }
  }
}
