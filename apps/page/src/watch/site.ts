import type { SiteAnswer } from '@kptv/contract'
import { createViewerRemote } from './viewer.ts'

/** What can be offered here, read once. */
export const site = createViewerRemote<SiteAnswer>(() => 'api/site')
