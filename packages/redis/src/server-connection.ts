import { Redis } from 'ioredis'

/** What ioredis sends by itself when it has connected again. */
const RESTORING = new Set(['subscribe', 'psubscribe', 'ssubscribe'])

/**
 * A connection to one server. After a reconnect ioredis subscribes again by itself and leaves the
 * answers to nobody: a refusal, or the end of the connection before an answer, would end the
 * process as an unhandled rejection. Callers still get the rejections of what they sent.
 */
export class ServerConnection extends Redis {
  override sendCommand(...[command, stream]: Parameters<Redis['sendCommand']>): unknown {
    if (RESTORING.has(command.name)) command.promise.catch(() => undefined)
    return super.sendCommand(command, stream)
  }
}
