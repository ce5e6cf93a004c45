import type { Logger } from '@kptv/logging'
import type { Express } from 'express'
import { answerTheRest, createBareApp } from '../http/bare-app.ts'
import { sendError } from '../http/error-response.ts'
import { refuseForeignPages } from '../http/refuse-foreign-pages.ts'

export type AdminAppOptions = {
  readonly metrics: { text(): Promise<string>; readonly contentType: string }
  readonly status: () => Promise<object>
  /** Asks the worker for an import of all sources now. */
  readonly refresh: () => Promise<void>
  /** Makes the list of a source that was put aside the good one. */
  readonly accept: (sourceId: string) => Promise<'accepted' | 'unknown-source' | 'nothing-put-aside'>
  readonly logger: Logger
}

/** The admin port, in one screen. It asks for no password: it listens on ADMIN_HOST, which is private by default, and takes no order from foreign pages. */
export function createAdminApp({ metrics, status, refresh, accept, logger }: AdminAppOptions): Express {
  const app = createBareApp(logger)
  app.get('/metrics', async (_request, response) => {
    response.set('Content-Type', metrics.contentType).send(await metrics.text())
  })
  app.get('/status', async (_request, response) => {
    response.json(await status())
  })
  app.post('/refresh', refuseForeignPages, async (_request, response) => {
    try {
      await refresh()
      response.status(202).json({ status: 'imports requested' })
    } catch {
      sendError(response, 'coordination-unavailable')
    }
  })
  app.post('/sources/:source/accept', refuseForeignPages, async (request, response) => {
    try {
      const outcome = await accept(request.params.source)
      if (outcome === 'accepted') response.json({ status: 'accepted' })
      else sendError(response, outcome)
    } catch {
      sendError(response, 'coordination-unavailable')
    }
  })
  return answerTheRest(app, ['GET', 'HEAD', 'POST'], logger)
}
