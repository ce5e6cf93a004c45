import { randomInt } from 'node:crypto'
import type { CatalogChannel, CatalogReader, GuideStore } from '@kptv/catalog'
import {
  type EventNames,
  eventOfName,
  fillSchedule,
  type GuideWindow,
  KeyTable,
  type Programme,
  writeChannel,
  writeProgramme,
  XMLTV_HEAD,
  XMLTV_TAIL,
} from '@kptv/guide'
import { attributeValue } from '@kptv/playlist'
import { createLinks, type Links } from '../../http/links.ts'
import { type ChannelView, createViewFilter } from '../../rendered/channel-view.ts'
import { guideChannelId } from '../../rendered/guide-channel-id.ts'
import { logoId } from '../../rendered/logo-id.ts'
import { pagesOf } from '../../rendered/pages-of.ts'

/** Characters of one piece of text, which bounds both the size and the number of pieces. */
const PIECE_LENGTH = 64 * 1024
/**
 * Channels whose programmes are read at once. Other work of the process gets its turn between two
 * channels.
 */
const PAGE_SIZE = 50

type RenderGuideOptions = {
  readonly catalog: Pick<CatalogReader, 'currentGeneration' | 'channelsInOrder'>
  readonly guide: Pick<GuideStore, 'current' | 'programmes' | 'withProgrammes'>
  /**
   * Channels without programmes get blocks with their name in this window; `undefined`: they are
   * left out.
   */
  readonly fill?: GuideWindow | undefined
  /** With `fill`: how the names of event channels are read. */
  readonly events?: readonly EventNames[]
}

/**
 * The guide of a part of the channels in pieces, as XMLTV. Memory does not grow with it: all
 * channels come first, as the format requires, so the catalogue is read twice. Channels without
 * programmes are left out, as validating readers require; before the first guide all are named, so
 * that it is not empty. Throws when Redis is away.
 */
export async function* renderGuide(options: RenderGuideOptions, view: ChannelView): AsyncGenerator<string> {
  const { catalog, guide, fill, events = [] } = options
  const [generation, number] = await Promise.all([catalog.currentGeneration(), guide.current()])
  const pages = () => (generation === undefined ? noPages() : servedPages(options, { generation, number, view }))
  const links = createLinks(view.base)
  let piece = XMLTV_HEAD
  for await (const page of pages()) {
    for (const channel of page) piece += writeChannel({ id: guideChannelId(channel), ...shownOf(channel, links) })
    if (piece.length < PIECE_LENGTH) continue
    yield piece
    piece = ''
  }
  const hasProgrammes = number !== undefined || fill !== undefined
  for await (const page of hasProgrammes ? pages() : noPages()) {
    const ids = page.map(({ id }) => id)
    const lists = number === undefined ? undefined : guide.programmes(number, ids)
    for (const channel of page) {
      const programmes = (await lists?.next())?.value ?? []
      const id = guideChannelId(channel)
      for (const programme of filled(programmes, channel, fill, events)) {
        piece += writeProgramme(id, programme)
        if (piece.length < PIECE_LENGTH) continue
        yield piece
        piece = ''
      }
    }
  }
  yield piece + XMLTV_TAIL
}

async function* noPages(): AsyncGenerator<CatalogChannel[]> {}

/** Each guide id once: of several channels that share one, the first that has programmes. */
async function* servedPages(
  { catalog, guide, fill }: RenderGuideOptions,
  from: { readonly generation: number; readonly number: number | undefined; readonly view: ChannelView },
): AsyncGenerator<CatalogChannel[]> {
  const { generation, number, view } = from
  // A set of 300,000 ids would take 30 MB.
  const seen = new KeyTable(randomInt(2 ** 31))
  for await (const page of pagesOf(liveChannels(catalog, generation, view), PAGE_SIZE)) {
    const ids = page.map(({ id }) => id)
    const known = number === undefined || fill !== undefined ? new Set(ids) : await guide.withProgrammes(number, ids)
    const served = page.filter((channel) => {
      const id = guideChannelId(channel)
      if (!known.has(channel.id) || seen.has(id)) return false
      seen.add(id)
      return true
    })
    if (served.length > 0) yield served
  }
}

/** VOD has no programmes. */
async function* liveChannels(
  catalog: RenderGuideOptions['catalog'],
  generation: number,
  view: ChannelView,
): AsyncGenerator<CatalogChannel> {
  const isWanted = createViewFilter({ ...view, kinds: ['live'] })
  for await (const channel of catalog.channelsInOrder(generation)) if (isWanted(channel)) yield channel
}

/** Blocks of hours only for channels without programmes: a gap in a guide stays a gap. */
function filled(
  programmes: readonly Programme[],
  { name }: CatalogChannel,
  fill: GuideWindow | undefined,
  events: readonly EventNames[],
): readonly Programme[] {
  if (programmes.length > 0 || fill === undefined) return programmes
  return fillSchedule(name, fill, eventOfName(name, events, fill))
}

/** Players match by name and by number too. */
function shownOf(channel: CatalogChannel, links: Links): { readonly names: string[]; readonly icon?: string } {
  const number = attributeValue(channel.attributes, 'tvg-chno')
  const names = number === undefined || number === '' ? [channel.name] : [channel.name, number]
  const logo = logoId(channel)
  return logo === undefined ? { names } : { names, icon: links.logo(logo) }
}
