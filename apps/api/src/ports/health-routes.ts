import type { HealthAnswer, ReadinessAnswer } from '@kptv/contract'
import type { RequestHandler } from 'express'

/** `GET /healthz`: the process runs. It reveals nothing else. */
export const healthRoute: RequestHandler = (_request, response) => {
  response.set('Cache-Control', 'no-store').json({ status: 'ok' } satisfies HealthAnswer)
}

/** `GET /readyz`: whether a balancer may send viewers here. */
export function readinessRoute(readiness: () => ReadinessAnswer): RequestHandler {
  return (_request, response) => {
    const state = readiness()
    response
      .set('Cache-Control', 'no-store')
      .status(state.status === 'not ready' ? 503 : 200)
      .json(state)
  }
}
