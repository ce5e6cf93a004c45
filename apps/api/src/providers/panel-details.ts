import type { CatalogStream } from '@kptv/catalog'
import { loginsOf, openStream, type Source } from '@kptv/config'
import { type PanelMovie, type PanelSeries, panelMovieInfo, readPanelMovie, readPanelSeries } from '@kptv/playlist'
import { type AddressPolicy, fetchPlaylist, identityHeaders } from '@kptv/upstream'
import { LRUCache } from 'lru-cache'
import type { UpstreamSettings } from './playable-streams.ts'

/** What panels say about VOD; `undefined` where the panel of the stream says nothing. */
export type PanelDetails = {
  /** Of a stream that is a whole series. */
  series(stream: CatalogStream): Promise<PanelSeries | undefined>
  movie(stream: CatalogStream): Promise<PanelMovie | undefined>
}

/** Apps open a movie or a series several times in a row. */
const KEPT = { max: 200, ttl: 10 * 60_000 }
const MAX_ANSWER_BYTES = 8 * 1024 * 1024
/** Without the panel a series has no episodes; a movie has all that plays it. */
const MAX_WAIT_MS = { series: 20_000, movie: 5_000 }

/** Asks panels, with the first login that answers. Counts as no connection there. */
export function createPanelDetails(settings: UpstreamSettings, allowAddress: AddressPolicy): PanelDetails {
  async function fetchJson(url: string, source: Source, signal: AbortSignal): Promise<unknown> {
    const { userAgent = settings.userAgent, listHeaders = [], tls } = source
    const fetched = await fetchPlaylist({
      url,
      headers: [...identityHeaders({ ...settings, userAgent }), ...listHeaders],
      tls,
      allowAddress,
      timeoutMs: settings.healthCheckTimeoutMs,
      signal,
      limits: { inflatedBytes: MAX_ANSWER_BYTES },
    })
    if (fetched.outcome !== 'body') return undefined
    const pieces = await Array.fromAsync(fetched.chunks)
    return JSON.parse(
      Buffer.concat(pieces)
        .toString()
        .replace(/^\ufeff/, ''),
    )
  }

  function readerOf<Details extends object>(
    addressOf: (url: string) => string | undefined,
    read: (answer: unknown) => Details | undefined,
    maxWaitMs: number,
  ) {
    const known = new LRUCache<string, Promise<Details | undefined>>(KEPT)

    async function request(stream: CatalogStream): Promise<Details | undefined> {
      const url = addressOf(stream.url)
      const source = settings.sources().find(({ id }) => id === stream.sourceId)
      const signal = AbortSignal.timeout(maxWaitMs)
      for (const login of url === undefined || source === undefined ? [] : loginsOf(source)) {
        const address = openStream({ ...stream, url: url! }, source!, login).url
        const found = await fetchJson(address, source!, signal).then(read, () => undefined)
        if (found !== undefined) return found
      }
      return undefined
    }

    return (stream: CatalogStream): Promise<Details | undefined> => {
      const present = known.get(stream.id)
      if (present !== undefined) return present
      const reading = request(stream)
      known.set(stream.id, reading)
      void reading.then((found) => {
        if (found === undefined) known.delete(stream.id)
      })
      return reading
    }
  }

  return {
    series: readerOf((url) => url, readPanelSeries, MAX_WAIT_MS.series),
    movie: readerOf(panelMovieInfo, readPanelMovie, MAX_WAIT_MS.movie),
  }
}
