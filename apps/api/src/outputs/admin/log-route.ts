import type { ClusterEvent, EventList } from '@kptv/contract'
import type { EventLog } from '@kptv/events'
import type { RequestHandler } from 'express'
import { sendError } from '../../http/error-response.ts'

const MAX_ANSWER = 200
const FILTERS = ['channel', 'source', 'node'] as const

/** `GET /admin/log?channel=…&source=…&node=…`: what happened, the newest first. */
export function logRoute(log: Pick<EventLog, 'newest'>): RequestHandler {
  return async ({ query }, response) => {
    const wanted = FILTERS.flatMap((name) => (typeof query[name] === 'string' ? [[name, query[name]] as const] : []))
    try {
      const events = (await log.newest()).filter((event) =>
        wanted.every(([name, value]) => isAbout(event, name, value)),
      )
      response.set('Cache-Control', 'no-store').json({ events: events.slice(0, MAX_ANSWER) } satisfies EventList)
    } catch {
      sendError(response, 'coordination-unavailable')
    }
  }
}

function isAbout({ node, facts }: ClusterEvent, name: (typeof FILTERS)[number], value: string): boolean {
  if (name === 'node') return node === value
  const { channel, source, fromSource } = facts as Readonly<Record<string, unknown>>
  return name === 'channel' ? channel === value : source === value || fromSource === value
}
