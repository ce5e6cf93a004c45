import { holdsSealed } from '@kptv/addresses'
import type { CatalogReader } from '@kptv/catalog'
import { renderChannel, renderHeader } from '@kptv/playlist'
import { createLinks } from '../../http/links.ts'
import { type ChannelView, createViewFilter } from '../../rendered/channel-view.ts'
import { guideChannelId } from '../../rendered/guide-channel-id.ts'

/** Characters of one piece, which bounds both the size and the number of pieces. */
const PIECE_LENGTH = 64 * 1024
/**
 * Channels read at once. Other work of the process gets its turn between two pages, so this bounds
 * its wait.
 */
const PAGE_SIZE = 200

/**
 * The playlist of a generation in pieces, with links that hold the channel's stable id. Sealed text
 * stands for a provider's credentials and is left out. Throws when Redis is away.
 */
export async function* renderPlaylist(
  catalog: Pick<CatalogReader, 'channelsInOrder'>,
  generation: number,
  view: ChannelView,
): AsyncGenerator<string> {
  const isWanted = createViewFilter(view)
  const links = createLinks(view.base)
  let piece = renderHeader({ epgUrls: [links.guide(view)] })
  for await (const channel of catalog.channelsInOrder(generation, PAGE_SIZE)) {
    if (!isWanted(channel)) continue
    const others = channel.attributes.filter(([key, value]) => key !== 'tvg-id' && !holdsSealed(value))
    const attributes = [['tvg-id', guideChannelId(channel)] as const, ...others]
    piece += renderChannel({ name: channel.name, attributes }, links.stream(channel.id))
    if (piece.length < PIECE_LENGTH) continue
    yield piece
    piece = ''
  }
  yield piece
}
