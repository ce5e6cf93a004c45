import type { CatalogStream } from '@kptv/catalog'
import { loginsOf, openStream, type Source } from '@kptv/config'
import { type PanelSeries, readPanelSeries } from '@kptv/playlist'
import { type AddressPolicy, fetchPlaylist, identityHeaders } from '@kptv/upstream'
import { LRUCache } from 'lru-cache'
import type { UpstreamSettings } from './playable-streams.ts'

/** What the panel of a stream says about the series that it is; `undefined` if it does not. */
export type PanelSeriesReader = (stream: CatalogStream) => Promise<PanelSeries | undefined>

/** Apps open a series several times in a row. */
const KEPT = { max: 200, ttl: 10 * 60_000 }
const MAX_ANSWER_BYTES = 8 * 1024 * 1024
const MAX_WAIT_MS = 20_000

/** Asks the panels of series, with the first login that answers. Counts as no connection there. */
export function createPanelSeriesReader(settings: UpstreamSettings, allowAddress: AddressPolicy): PanelSeriesReader {
  const known = new LRUCache<string, Promise<PanelSeries | undefined>>(KEPT)

  async function readWith(url: string, source: Source): Promise<PanelSeries | undefined> {
    const { userAgent = settings.userAgent, listHeaders = [], tls } = source
    const fetched = await fetchPlaylist({
      url,
      headers: [...identityHeaders({ ...settings, userAgent }), ...listHeaders],
      tls,
      allowAddress,
      timeoutMs: settings.healthCheckTimeoutMs,
      signal: AbortSignal.timeout(MAX_WAIT_MS),
      limits: { inflatedBytes: MAX_ANSWER_BYTES },
    })
    if (fetched.outcome !== 'body') return undefined
    const pieces = await Array.fromAsync(fetched.chunks)
    return readPanelSeries(
      JSON.parse(
        Buffer.concat(pieces)
          .toString()
          .replace(/^\ufeff/, ''),
      ),
    )
  }

  async function read(stream: CatalogStream): Promise<PanelSeries | undefined> {
    const source = settings.sources().find(({ id }) => id === stream.sourceId)
    for (const login of source === undefined ? [] : loginsOf(source)) {
      const found = await readWith(openStream(stream, source!, login).url, source!).catch(() => undefined)
      if (found !== undefined) return found
    }
    return undefined
  }

  return (stream) => {
    const present = known.get(stream.id)
    if (present !== undefined) return present
    const reading = read(stream)
    known.set(stream.id, reading)
    void reading.then((found) => {
      if (found === undefined) known.delete(stream.id)
    })
    return reading
  }
}
