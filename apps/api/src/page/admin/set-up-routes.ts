import type { AdminSettings, AdminUsers } from '@kptv/contract'
import type { RequestHandler } from 'express'

const MAX_TEXT = 64

/** `GET /admin/users?q=…`: who may watch. */
export function usersRoute(show: (text: string) => Promise<AdminUsers>): RequestHandler {
  return async ({ query: { q } }, response) => {
    const text = typeof q === 'string' ? q.slice(0, MAX_TEXT) : ''
    response.set('Cache-Control', 'no-store').json(await show(text))
  }
}

/** `GET /admin/settings`: how this edge is set up. */
export function settingsRoute(read: () => Promise<AdminSettings>): RequestHandler {
  return async (_request, response) => {
    response.set('Cache-Control', 'no-store').json(await read())
  }
}
