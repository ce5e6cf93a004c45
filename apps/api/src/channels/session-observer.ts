import type { Metrics } from '../metrics.ts'
import type { SessionObserver } from './channel-session.ts'

type Logger = Record<'debug' | 'info' | 'warn' | 'error', (fields: object, message: string) => void>

/** What sessions tell, as log lines and metrics. Sources and channels by id. */
export function createSessionObserver(metrics: Metrics, logger: Logger): SessionObserver {
  return {
    attemptStarted(channelId, { sourceId, streamId }) {
      metrics.attempts.inc({ source: sourceId })
      logger.debug({ channel: channelId, source: sourceId, stream: streamId }, 'connecting to a stream')
    },

    streamSound(channelId, { sourceId, streamId }) {
      logger.info({ channel: channelId, source: sourceId, stream: streamId }, 'stream plays')
    },

    streamFailed(channelId, { sourceId, streamId }, code) {
      metrics.failures.inc({ source: sourceId, code })
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
      logger.info({ channel: channelId, reason }, 'channel is not played any more')
    },
  }
}
