import type { EndReason } from '@kptv/failover'
import type { Logger } from '@kptv/logging'
import type { Viewer } from '../media/viewer.ts'
import type { PlayableStream } from '../providers/playable-streams.ts'
import type { Metrics } from './metrics.ts'

/** Where sessions tell what happened, for logs and metrics. Sources by id, never by address. */
export type SessionObserver = {
  attemptStarted(channelId: string, stream: PlayableStream): void
  streamSound(channelId: string, stream: PlayableStream): void
  streamFailed(channelId: string, stream: PlayableStream, code: string): void
  mediaArrived(bytes: number): void
  viewerLeft(viewer: Viewer): void
  sessionEnded(channelId: string, reason: EndReason): void
}

/** What sessions tell, as log lines and metrics. Sources and channels by id. */
export function createSessionObserver(metrics: Metrics, logger: Logger): SessionObserver {
  /** Why the last attempt of a channel failed, until one plays: the next attempt is a retry. */
  const lastFailures = new Map<string, string>()
  return {
    attemptStarted(channelId, { sourceId, streamId }) {
      metrics.attempts.inc({ source: sourceId })
      const code = lastFailures.get(channelId)
      if (code !== undefined) metrics.retries.inc({ source: sourceId, code })
      logger.debug({ channel: channelId, source: sourceId, stream: streamId }, 'connecting to a stream')
    },

    streamSound(channelId, { sourceId, streamId }) {
      lastFailures.delete(channelId)
      logger.info({ channel: channelId, source: sourceId, stream: streamId }, 'stream plays')
    },

    streamFailed(channelId, { sourceId, streamId }, code) {
      metrics.failures.inc({ source: sourceId, code })
      lastFailures.set(channelId, code)
      logger.warn({ channel: channelId, source: sourceId, stream: streamId, reason: code }, 'stream failed or ended')
    },

    mediaArrived(bytes) {
      metrics.mediaBytes.inc(bytes)
    },

    viewerLeft({ sentBytes, jumps }) {
      metrics.viewersLeft.inc()
      metrics.sentBytes.inc(sentBytes)
      metrics.jumps.inc(jumps)
    },

    sessionEnded(channelId, reason) {
      lastFailures.delete(channelId)
      logger.info({ channel: channelId, reason }, 'channel is not played any more')
    },
  }
}
