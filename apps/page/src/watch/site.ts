import type { SiteAnswer } from '@kptv/contract'
import { createRemote } from '../parts/remote.ts'

/** What can be offered here, read once. */
export const site = createRemote<SiteAnswer>(() => 'api/site')
