import type { EventList } from '@kptv/contract'
import type { EventLog } from '@kptv/events'
import { isAbout } from '@kptv/sentences'
import type { RequestHandler } from 'express'
import { sendError } from '../../http/error-response.ts'

const MAX_ANSWER = 200
const FILTERS = ['channel', 'source', 'node'] as const

/**
 * `GET /admin/log?channel=…&source=…&node=…&type=…`: what happened, the newest first. `type` may be
 * repeated.
 */
export function logRoute(log: Pick<EventLog, 'newest'>): RequestHandler {
  return async ({ query }, response) => {
    const wanted = Object.fromEntries(
      FILTERS.flatMap((name) => (typeof query[name] === 'string' ? [[name, query[name]]] : [])),
    )
    const types = new Set([query.type ?? []].flat())
    try {
      const events = (await log.newest()).filter(
        (event) => isAbout(event, wanted) && (types.size === 0 || types.has(event.facts.type)),
      )
      response.set('Cache-Control', 'no-store').json({ events: events.slice(0, MAX_ANSWER) } satisfies EventList)
    } catch {
      sendError(response, 'coordination-unavailable')
    }
  }
}
