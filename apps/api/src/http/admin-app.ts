import type { Logger } from '@kptv/logging'
import type { Express } from 'express'
import { answerTheRest, createBareApp } from './bare-app.ts'
import { sendError } from './error-response.ts'

export type AdminAppOptions = {
  readonly metrics: { text(): Promise<string>; readonly contentType: string }
  readonly status: () => Promise<object>
  /** Asks the worker for an import of all sources now. */
  readonly refresh: () => Promise<void>
  readonly logger: Logger
}

/** The admin port, in one screen. It asks for no password: it listens on ADMIN_HOST, which is private by default. */
export function createAdminApp({ metrics, status, refresh, logger }: AdminAppOptions): Express {
  const app = createBareApp(logger)
  app.get('/metrics', async (_request, response) => {
    response.set('Content-Type', metrics.contentType).send(await metrics.text())
  })
  app.get('/status', async (_request, response) => {
    response.json(await status())
  })
  app.post('/refresh', async (_request, response) => {
    try {
      await refresh()
      response.status(202).json({ status: 'imports requested' })
    } catch {
      sendError(response, 'coordination-unavailable')
    }
  })
  return answerTheRest(app, ['GET', 'HEAD', 'POST'], logger)
}
