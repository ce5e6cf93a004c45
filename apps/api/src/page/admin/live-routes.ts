import type { RequestHandler } from 'express'
import type { LiveFeed, LiveMessage } from '../../status/live/live-feed.ts'

/** A page that hears nothing for longer than twice this knows that its connection is dead. */
const SILENCE_MS = 5_000

/** `GET /admin/events`: everything once, then every change, as server-sent events. */
export function liveEventsRoute(feed: Pick<LiveFeed, 'watch'>): RequestHandler {
  return async (request, response) => {
    response.set({ 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' })
    response.flushHeaders()
    let isOver = false
    let leave = (): void => undefined
    const keepAlive = setInterval(() => response.write('event: here\ndata: {}\n\n'), SILENCE_MS)
    response.on('close', () => {
      isOver = true
      clearInterval(keepAlive)
      leave()
    })
    const lastId = Number(request.get('last-event-id') ?? Number.NaN)
    leave = await feed.watch(
      (message) => {
        // A page that does not read gets everything again when it returns.
        if (response.writableNeedDrain) response.destroy()
        else response.write(textOf(message))
      },
      Number.isInteger(lastId) ? lastId : undefined,
    )
    if (isOver) leave()
  }
}

/** `GET /admin/live`: the same state, for pages that cannot receive events. */
export function liveRoute(feed: Pick<LiveFeed, 'read'>): RequestHandler {
  return async (_request, response) => {
    response.set('Cache-Control', 'no-store').json(await feed.read())
  }
}

/** All pages get the same messages. */
const texts = new WeakMap<LiveMessage, string>()

function textOf(message: LiveMessage): string {
  const text = texts.get(message) ?? write(message)
  texts.set(message, text)
  return text
}

function write(message: LiveMessage): string {
  if (message.type === 'events') return `event: events\ndata: ${JSON.stringify(message.events)}\n\n`
  const data = message.type === 'all' ? message.state : message.change
  return `event: ${message.type}\nid: ${message.id}\ndata: ${JSON.stringify(data)}\n\n`
}
