import type { CatalogReader } from '@kptv/catalog'
import { holdsSealed } from '@kptv/config'
import { renderChannel, renderHeader } from '@kptv/playlist'

/** Channels rendered into one piece of text, so that neither pieces nor their number grow large. */
const CHANNELS_PER_PIECE = 500

/**
 * The playlist of a generation in pieces, with links that hold the channel's stable id. Sealed text stands for a
 * provider's credentials and is left out. Throws when Redis is away.
 */
export async function* renderPlaylist(
  catalog: CatalogReader,
  generation: number,
  base: string,
): AsyncGenerator<string> {
  const info = await catalog.info(generation)
  const epgUrls = (info?.epgUrls ?? []).map(({ url }) => url).filter((url) => !holdsSealed(url))
  let piece = renderHeader({ epgUrls: [...new Set(epgUrls)] })
  let channels = 0
  for await (const channel of catalog.channelsInOrder(generation)) {
    const attributes = channel.attributes.filter(([, value]) => !holdsSealed(value))
    piece += renderChannel({ name: channel.name, attributes }, `${base}/stream/${channel.id}.ts`)
    channels += 1
    if (channels % CHANNELS_PER_PIECE > 0) continue
    yield piece
    piece = ''
  }
  yield piece
}
