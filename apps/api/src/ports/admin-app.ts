import { openApiDocument, type StatusAnswer } from '@kptv/contract'
import type { Logger } from '@kptv/logging'
import type { Express } from 'express'
import { answerTheRest, createBareApp } from '../http/bare-app.ts'
import { answerOnlyTo } from '../http/host-names.ts'
import { refuseCrossOrigin } from '../http/refuse-cross-origin.ts'
import { logoRoute } from '../outputs/logo/logo-route.ts'
import { acceptRoute, refreshRoute } from '../page/admin/order-route.ts'
import { sessionRoute } from '../page/admin/session-routes.ts'
import type { PageFiles } from '../page/site/page-files.ts'
import { assetsRoute, documentRoute } from '../page/site/page-route.ts'
import { letEveryoneIn } from '../users/door.ts'
import { type AdminRoutesOptions, addAdminRoutes } from './admin-routes.ts'
import { addSiteFiles } from './site-files.ts'

type AdminAppOptions = AdminRoutesOptions & {
  readonly metrics: { text(): Promise<string>; readonly contentType: string }
  readonly status: () => Promise<StatusAnswer>
  readonly page: PageFiles
  /** ADMIN_HOSTS */
  readonly hostNames: readonly string[]
  readonly version: string
  readonly logger: Logger
}

/**
 * The admin port. It requires no password: it listens on ADMIN_HOST, which is private by default,
 * answers only to its configured names, and refuses pages of other origins.
 */
export function createAdminApp(options: AdminAppOptions): Express {
  const { metrics, status, logger } = options
  const app = createBareApp(logger)
  app.use(answerOnlyTo(options.hostNames), refuseCrossOrigin)
  addSiteFiles(app)
  app.use('/assets', assetsRoute(options.page))
  app.get('/', documentRoute(options.page, 'admin.html'))
  app.get(
    '/admin/session',
    sessionRoute(() => 'unneeded'),
  )
  addAdminRoutes(app, options)
  app.get('/logo/:logo', letEveryoneIn, logoRoute(options.logos))
  app.get('/metrics', async (_request, response) => {
    response.set('Content-Type', metrics.contentType).send(await metrics.text())
  })
  app.get('/status', async (_request, response) => {
    response.json(await status())
  })
  const description = openApiDocument(options.version)
  app.get('/openapi.json', (_request, response) => {
    response.json(description)
  })
  app.post('/refresh', refreshRoute(options))
  app.post('/sources/:source/accept', acceptRoute(options))
  return answerTheRest(app, ['GET', 'HEAD', 'POST'], logger)
}
