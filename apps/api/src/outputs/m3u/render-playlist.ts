import { holdsSealed } from '@kptv/addresses'
import type { CatalogChannel, CatalogReader } from '@kptv/catalog'
import {
  type Attributes,
  archivedDays,
  comparableKey,
  fileExtension,
  isFileAddress,
  type OfferedArchive,
  renderChannel,
  renderHeader,
} from '@kptv/playlist'
import { createLinks, type Links } from '../../http/links.ts'
import { type ChannelView, createViewFilter } from '../../rendered/channel-view.ts'
import { guideChannelId } from '../../rendered/guide-channel-id.ts'
import { logoId } from '../../rendered/logo-id.ts'

/** Characters of one piece, which bounds both the size and the number of pieces. */
const PIECE_LENGTH = 64 * 1024
/**
 * Channels read at once. Other work of the process gets its turn between two pages, so this bounds
 * its wait.
 */
const PAGE_SIZE = 200

/**
 * The playlist of a generation in pieces, with links that hold the channel's stable id. Throws when
 * Redis is away.
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
    piece += renderChannel(
      { name: channel.name, attributes: shownOf(channel, links) },
      linkOf(channel, links, view),
      archiveOf(channel, links),
    )
    if (piece.length < PIECE_LENGTH) continue
    yield piece
    piece = ''
  }
  yield piece
}

/**
 * The channel's attributes with our guide id and our link to the logo. Other addresses are the
 * provider's, and sealed text hides its credentials: both are left out, and so is the shift of the
 * guide, since ours has it already: players would shift it once more.
 */
function shownOf(channel: CatalogChannel, links: Links): Attributes {
  const logo = logoId(channel)
  const others = channel.attributes.flatMap((attribute) => {
    const [key, value] = attribute
    if (isLogo(key) && logo !== undefined) return [[key, links.logo(logo)] as const]
    return OF_THE_GUIDE.test(comparableKey(key)) || holdsSealed(value) || HOLDS_ADDRESS.test(value) ? [] : [attribute]
  })
  return [['tvg-id', guideChannelId(channel)], ...others]
}

function linkOf({ id, streams }: CatalogChannel, links: Links, { hls }: ChannelView): string {
  const file = streams[0]?.url ?? ''
  return isFileAddress(file) ? links.vod(id, fileExtension(file)) : links.stream(id, hls)
}

/** What we play of its past, in the form that most players know. */
function archiveOf(channel: CatalogChannel, links: Links): OfferedArchive | undefined {
  const days = archivedDays(channel)
  return days === 0 ? undefined : { days, source: `${links.archive(channel.id)}?utc={utc}&duration={duration}` }
}

const isLogo = (key: string): boolean => comparableKey(key) === 'tvg-logo'
const OF_THE_GUIDE = /^tvg-(?:id|shift)$/
const HOLDS_ADDRESS = /[a-z][a-z0-9+.-]{1,9}:\/\/|^\/\//i
