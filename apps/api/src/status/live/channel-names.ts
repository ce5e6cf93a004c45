import type { CatalogReader } from '@kptv/catalog'
import { attributeValue } from '@kptv/playlist'
import { LRUCache } from 'lru-cache'

export type ChannelName = {
  readonly name: string
  readonly logo: boolean
  /** Ids, in the order in which they are tried. */
  readonly streams: readonly string[]
}

const MAX_NAMES = 2_000
const KEEP_MS = 5 * 60_000

/** What channels are called, for the page; the id is shown until the name has been read. */
export function createChannelNames(catalog: Pick<CatalogReader, 'channel'>): (id: string) => ChannelName {
  const names = new LRUCache<string, ChannelName>({ max: MAX_NAMES, ttl: KEEP_MS, allowStale: true })
  const reading = new Set<string>()

  async function read(id: string): Promise<void> {
    reading.add(id)
    const channel = await catalog.channel(id).catch(() => undefined)
    reading.delete(id)
    if (channel === undefined) return
    const { name, attributes, streams } = channel
    const logo = (attributeValue(attributes, 'tvg-logo') ?? '') !== ''
    names.set(id, { name, logo, streams: streams.map((stream) => stream.id) })
  }

  return (id) => {
    if (!names.has(id) && !reading.has(id)) void read(id)
    return names.get(id) ?? { name: id, logo: false, streams: [] }
  }
}
