import type { CatalogStream } from '@kptv/catalog'
import { openSecrets, type Source } from '@kptv/config'
import { type AddressPolicy, type HeaderList, openStream } from '@kptv/upstream'
import type { PlayableStream } from './channel-session.ts'

export type UpstreamSettings = {
  readonly sources: readonly Source[]
  readonly userAgent: string
  readonly reqOrigin: string | undefined
  readonly reqReferrer: string | undefined
  readonly healthCheckTimeoutMs: number
}

/** Providers behind a balancer may take seconds to accept; a dead one must not hold up the next stream for long. */
const CONNECT_MS = 5_000

/**
 * What of a channel this node can play, in order of preference: streams over HTTP, of sources that the node knows. A source
 * that is not in its settings has no limit that could be kept.
 */
export function playableStreams(
  streams: readonly CatalogStream[],
  settings: UpstreamSettings,
  allowAddress: AddressPolicy,
): PlayableStream[] {
  const sources = new Map(settings.sources.map((source) => [source.id, source]))
  return streams.flatMap((stream) => {
    const source = sources.get(stream.sourceId)
    if (source === undefined || !/^https?:/i.test(stream.url)) return []
    const connect: PlayableStream['connect'] = (signal) =>
      openStream({
        url: openSecrets(stream.url, source.secrets),
        headers: headersFor(stream, source, settings),
        signal,
        allowAddress,
        timeouts: { connectMs: CONNECT_MS, responseMs: settings.healthCheckTimeoutMs },
      })
    return [{ streamId: stream.id, sourceId: source.id, accountId: source.accountId, connect }]
  })
}

/** Those of the entry win over those of the settings: the list knows its provider best. */
function headersFor(stream: CatalogStream, source: Source, settings: UpstreamSettings): HeaderList {
  const { userAgent, reqOrigin, reqReferrer } = settings
  const headers: Array<readonly [string, string]> = [['User-Agent', userAgent]]
  if (reqOrigin !== undefined) headers.push(['Origin', reqOrigin])
  if (reqReferrer !== undefined) headers.push(['Referer', reqReferrer])
  for (const [name, value] of stream.headers) headers.push([name, openSecrets(value, source.secrets)])
  return headers
}
