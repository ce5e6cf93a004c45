import type { RequestHandler } from 'express'
import { sendError } from '../../http/error-response.ts'
import { linkBase } from '../../http/links.ts'
import { sendPage } from '../../http/page.ts'
import { pages } from './pages.ts'
import type { SourceLine } from './source-lines.ts'

/** The content of the operators' page. */
export type OverviewFacts = {
  /** Throws when Redis is away. */
  readonly sources: () => Promise<readonly SourceLine[]>
  /** The problems of the sources file; empty while it is in use. */
  readonly fileProblems: () => readonly string[]
}

/** `GET /` of the admin port: the state of the sources, and what can be done. */
export function overviewRoute({ sources, fileProblems }: OverviewFacts): RequestHandler {
  return async (request, response) => {
    const base = linkBase(undefined, request)
    if (base === undefined) return sendError(response, 'bad-request')
    const lines = await sources().catch(() => undefined)
    if (lines === undefined) return sendError(response, 'coordination-unavailable')
    sendPage(response, pages.render('./overview', { base, fileProblems: fileProblems(), sources: lines }))
  }
}
