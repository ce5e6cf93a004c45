import { type ChainCookies, createChainCookies } from './chain-cookies.ts'
import { checkUrl } from './check-url.ts'
import { loopMarkFor } from './loop-mark.ts'
import { type HeaderList, headersForHop } from './request-headers.ts'
import { type Answer, type RequestPolicy, requestOnce } from './request-once.ts'
import { upstreamError } from './upstream-error.ts'

const MAX_REDIRECTS = 5

export type FinalAnswer = Answer & {
  /** Where the chain ended. Holds tokens: for resolving relative addresses, never for logs, and never to be kept. */
  readonly finalUrl: URL
}

export type ChainRequest = {
  readonly url: string
  readonly headers: HeaderList
  /** Our own fields, sent to every hop. */
  readonly extraHeaders?: Readonly<Record<string, string>>
  /** Of a session of several chains; without it, cookies are forgotten with the chain. */
  readonly cookies?: ChainCookies
  /** Whose the header fields are: a session's first address. Without it, that of this chain. */
  readonly owner?: URL
}

/**
 * Follows redirects by hand, so that each hop is checked, cookies are kept, logins stay with their host, and the
 * socket of a hop is closed before the next one is opened: a slot never has two.
 *
 * @throws UpstreamError
 */
export async function followRedirects(request: ChainRequest, policy: RequestPolicy): Promise<FinalAnswer> {
  const { cookies = createChainCookies(), owner } = request
  let url = checkUrl(request.url, undefined, policy.allowAddress)
  const firstUrl = owner ?? url
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
    const headers = headersForHop({ url, firstUrl, headers: request.headers, cookie: cookies.forUrl(url) })
    const ownFields = { ...loopMarkFor(url, policy.loopMark), ...request.extraHeaders }
    const answer = await requestOnce(url, { ...headers, ...ownFields }, policy)
    cookies.store(url, answer.headers['set-cookie'])
    if (!REDIRECTS.has(answer.status)) return { ...answer, finalUrl: url }
    await answer.close()
    const { location } = answer.headers
    if (location === undefined) throw upstreamError('bad-redirect', url)
    // Header text arrives as Latin-1; addresses outside ASCII are sent as UTF-8.
    url = checkUrl(Buffer.from(location, 'latin1').toString(), url, policy.allowAddress)
  }
  throw upstreamError('too-many-redirects', firstUrl)
}

const REDIRECTS = new Set([301, 302, 303, 307, 308])
