import { resolveUrl } from './check-url.ts'
import type { Ffmpeg } from './ffmpeg/find-ffmpeg.ts'
import { needsFfmpeg, openThroughFfmpeg } from './ffmpeg/open-ffmpeg.ts'
import { comesInDatagrams, openDatagrams } from './open-datagrams.ts'
import type { OpenedStream, OpenStreamRequest } from './open-stream.ts'
import type { HeaderList } from './request-headers.ts'
import { toUpstreamError, upstreamError } from './upstream-error.ts'

/** A list may lead to a list; further ones are a loop. */
const MAX_DEPTH = 3
const MAX_TRIED = 4

/** The addresses that led to the list. */
type ListingRequest = OpenStreamRequest & {
  readonly ffmpeg: Ffmpeg | undefined
  readonly listDepth?: number
}

/**
 * Opens the first address of a list that can be opened, with any scheme. Fields and logins meant
 * for the list's host go nowhere else.
 *
 * @throws UpstreamError why the first one could not be opened
 */
export async function openListed<Request extends ListingRequest>(
  addresses: readonly string[],
  {
    request,
    base,
    openHttp,
  }: { readonly request: Request; readonly base: URL; readonly openHttp: (request: Request) => Promise<OpenedStream> },
): Promise<OpenedStream> {
  const listDepth = (request.listDepth ?? 0) + 1
  if (listDepth > MAX_DEPTH) throw upstreamError('too-many-redirects', base)
  const owner = request.owner ?? new URL(request.url)
  let failure = addresses.length === 0 ? upstreamError('unexpected-answer', base) : undefined
  for (const listed of addresses.slice(0, MAX_TRIED)) {
    try {
      const [address = '', fields] = listed.split('|', 2)
      const headers = [...request.headers, ...fieldsIn(fields)]
      const url = resolveUrl(address, base).href
      if (comesInDatagrams(url)) return await openDatagrams({ ...request, url })
      if (needsFfmpeg(url)) return await openThroughFfmpeg({ ...request, url, headers: fieldsIn(fields) })
      return await openHttp({ ...request, url, headers, owner, listDepth })
    } catch (error) {
      failure ??= toUpstreamError(error, base)
      if (request.signal.aborted) break
    }
  }
  throw failure ?? upstreamError('failed', base)
}

const FIELDS = new Set(['user-agent', 'referer', 'origin', 'cookie'])

/** Behind an address, as Kodi has it: `|User-Agent=…&Referer=…`. */
function fieldsIn(text = ''): HeaderList {
  return [...new URLSearchParams(text)].filter(([name]) => FIELDS.has(name.toLowerCase()))
}
