import { upstreamError } from '../upstream-error.ts'

/** @throws UpstreamError `bad-url`; scheme, port and address are judged when it is asked. */
export function resolveUrl(uri: string, base: URL): URL {
  if (!URL.canParse(uri, base.href)) throw upstreamError('bad-url', base)
  return new URL(uri, base)
}
