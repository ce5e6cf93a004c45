import type { HealthAnswer, ReadinessAnswer } from '@kptv/contract'
import type { RequestHandler } from 'express'
import type { Readiness } from '../status/readiness.ts'

/** `GET /healthz`: the process runs. It reveals nothing else. */
export const healthRoute: RequestHandler = (_request, response) => {
  response.set('Cache-Control', 'no-store').json({ status: 'ok' } satisfies HealthAnswer)
}

/** `GET /readyz`: a balancer may send viewers here. */
export function readinessRoute(readiness: () => Promise<Readiness>): RequestHandler {
  return async (_request, response) => {
    const state = await readiness()
    const ready = state.redis && state.catalog && state.warm && !state.draining
    const answer: ReadinessAnswer = { status: ready ? 'ready' : 'not ready', ...state }
    response
      .set('Cache-Control', 'no-store')
      .status(ready ? 200 : 503)
      .json(answer)
  }
}
