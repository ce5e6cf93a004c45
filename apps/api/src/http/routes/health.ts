import type { RequestHandler } from 'express'

/** `GET /healthz`: the process runs. It reveals nothing else. */
export const healthRoute: RequestHandler = (_request, response) => {
  response.set('Cache-Control', 'no-store').json({ status: 'ok' })
}

export type Readiness = { readonly redis: boolean; readonly catalog: boolean; readonly draining: boolean }

/** `GET /readyz`: a balancer may send viewers here. */
export function readinessRoute(readiness: () => Promise<Readiness>): RequestHandler {
  return async (_request, response) => {
    const state = await readiness()
    const ready = state.redis && state.catalog && !state.draining
    response
      .set('Cache-Control', 'no-store')
      .status(ready ? 200 : 503)
      .json({ status: ready ? 'ready' : 'not ready', ...state })
  }
}
