import { Buffer, isUtf8 } from 'node:buffer'
import { checkUrl } from './check-url.ts'
import { loopMarkFor } from './loop-mark.ts'
import { type HeaderList, headersForHop, loginForHop } from './request-headers.ts'
import { type Answer, type RequestPolicy, requestOnce } from './request-once.ts'
import { createRequestSession, type RequestSession } from './request-session.ts'
import { upstreamError } from './upstream-error.ts'

/** As many as ffmpeg follows. */
const MAX_REDIRECTS = 8

export type FinalAnswer = Answer & {
  /**
   * The address at the end of the chain. Holds tokens: for resolving relative addresses, never for
   * logs, and never to be kept.
   */
  readonly finalUrl: URL
}

type ChainRequest = {
  readonly url: string
  readonly headers: HeaderList
  /** Our own fields, sent to every hop. */
  readonly extraHeaders?: Readonly<Record<string, string>>
  /** Of several chains; without it, cookies and challenges are forgotten with the chain. */
  readonly session?: RequestSession | undefined
  /** Owner of the header fields: the first address of a session. Without it, that of this chain. */
  readonly owner?: URL | undefined
}

/**
 * Follows redirects by hand, so that each hop is checked, cookies are kept, logins stay with their
 * host, and the socket of a hop is closed before the next one is opened: a slot never has two. A
 * challenge (Digest) is answered once.
 *
 * @throws UpstreamError
 */
export async function followRedirects(request: ChainRequest, policy: RequestPolicy): Promise<FinalAnswer> {
  const { session = createRequestSession(), owner } = request
  let url = checkUrl(request.url, undefined, policy.allowAddress)
  const firstUrl = owner ?? url
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
    const answer = await requestHop({ ...request, url, firstUrl, session }, policy)
    const { location } = answer.headers
    if (!isRedirect(answer)) return { ...answer, finalUrl: url }
    await answer.close()
    if (location === undefined) throw upstreamError('bad-redirect', url)
    url = checkUrl(addressOf(location), url, policy.allowAddress)
  }
  throw upstreamError('too-many-redirects', firstUrl)
}

/**
 * Header text arrives as Latin-1; addresses outside ASCII are sent as UTF-8, or else byte for byte.
 * The second slash may be missing.
 */
function addressOf(location: string): string {
  const bytes = Buffer.from(location, 'latin1')
  const escaped = (char: string): string => `%${char.charCodeAt(0).toString(16)}`
  const text = isUtf8(bytes) ? bytes.toString() : location.replace(/[\u0080-\u00ff]/g, escaped)
  return text.replace(/^\s*(https?):\/(?!\/)/i, '$1://')
}

type Hop = Pick<ChainRequest, 'headers' | 'extraHeaders'> & {
  readonly url: URL
  readonly firstUrl: URL
  readonly session: RequestSession
}

async function requestHop(hop: Hop, policy: RequestPolicy): Promise<Answer> {
  const { url, session } = hop
  const login = loginForHop(hop)
  const headers = headersForHop({
    ...hop,
    cookie: session.cookies.forUrl(url),
    authorization: login && session.logins.authorizationFor(url, login),
  })
  const ownFields = { ...loopMarkFor(url, policy.loopMark), ...hop.extraHeaders }
  const answer = await requestOnce(url, { ...headers, ...ownFields }, policy)
  session.cookies.store(url, answer.headers['set-cookie'])
  const isChallenge = answer.status === 401 && login !== undefined
  if (!isChallenge || !session.logins.takeChallenge(url, answer.headers['www-authenticate'])) return answer
  await answer.close()
  return requestHop(hop, policy)
}

const REDIRECTS = new Set([301, 302, 303, 307, 308])

/** Other 3xx lead on as well, if they say where to, as curl has it. */
function isRedirect(answer: Answer): boolean {
  if (answer.headers.location !== undefined) return isThreeHundred(answer.status)
  return REDIRECTS.has(answer.status) && !hasBodyInstead(answer)
}

const isThreeHundred = (status: number): boolean => status >= 300 && status < 400 && status !== 304

/** Should lead on or be empty, and sends something other than the page that explains it. */
function hasBodyInstead({ status, headers }: Pick<Answer, 'status' | 'headers'>): boolean {
  const isPage = /^\s*(?:$|text\/html\b)/i.test(headers['content-type'] ?? '')
  const mayHave = status === 205 || (isThreeHundred(status) && headers.location === undefined)
  return mayHave && !isPage && headers['content-length'] !== '0'
}

/** Whether an answer has the requested body: any success, as curl and ffmpeg see it. */
export function isSuccess(answer: Pick<Answer, 'status' | 'headers'>): boolean {
  const { status } = answer
  return (status >= 200 && status < 300 && status !== 204 && status !== 205) || hasBodyInstead(answer)
}
