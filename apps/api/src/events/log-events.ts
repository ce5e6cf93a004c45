import type { Logger } from '@kptv/logging'
import type { EdgeEvent, EventSubject } from './edge-events.ts'

/** Logs the events that operators look for; each attempt at DEBUG only. */
export function logEvents(logger: Logger): (event: EdgeEvent) => void {
  return (event) => {
    switch (event.type) {
      case 'stream-connecting':
        return logger.debug(subject(event), 'connecting to stream')
      case 'stream-playing':
        return logger.info(subject(event), 'stream plays')
      case 'stream-failed':
        return logger.warn({ ...subject(event), reason: event.code }, 'stream failed or ended')
      case 'lead-taken':
        return logger.info({ channel: event.channelId, takeover: event.isTakeover }, 'leading channel')
      case 'lead-given-up':
        if (event.reason === undefined) return
        return logger.warn(
          { channel: event.channelId, reason: event.reason },
          'no stream left on this node, other nodes may try',
        )
      case 'channel-ended':
        return logger.info({ channel: event.channelId, reason: event.reason }, 'channel ended')
      case 'conversion-failed':
        return logger.warn({ channel: event.channelId, format: event.format }, 'conversion failed')
      case 'admin-login':
        if (event.outcome === 'right') return logger.info({ address: event.address }, 'operator logged in')
        return logger.warn({ address: event.address }, 'wrong password of operators')
      case 'viewer-login':
        return logger.debug({ address: event.address, outcome: event.outcome }, 'login on the page of viewers')
      case 'order-given':
        return logger.info(
          { order: event.order, outcome: event.outcome, address: event.address, nodes: event.nodes },
          'order given',
        )
      case 'catalog-adopted':
        return logger.debug({ generation: event.generation }, 'catalogue adopted')
    }
  }
}

function subject({ channelId, sourceId, streamId }: EventSubject) {
  return { channel: channelId, source: sourceId, stream: streamId }
}
