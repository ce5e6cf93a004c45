import { holdsSealed, showsLogin } from '@kptv/addresses'
import type { CatalogChannel, CatalogReader, GuideStore } from '@kptv/catalog'
import { writeChannel, writeProgramme, XMLTV_HEAD, XMLTV_TAIL } from '@kptv/guide'
import { attributeValue } from '@kptv/playlist'
import { type ChannelView, createViewFilter } from '../../rendered/channel-view.ts'
import { guideChannelId } from '../../rendered/guide-channel-id.ts'

/** Characters of one piece of text: so that neither pieces nor their number grow large. */
const PIECE_LENGTH = 64 * 1024
/** Channels whose programmes are read at once. Between two pages other work of the process has its turn. */
const PAGE_SIZE = 50

type RenderGuideOptions = {
  readonly catalog: Pick<CatalogReader, 'currentGeneration' | 'channelsInOrder'>
  readonly guide: Pick<GuideStore, 'current' | 'programmes' | 'withProgrammes'>
}

/**
 * The guide of a part of the channels in pieces, as XMLTV. Memory does not grow with it: all channels come first, as the
 * format wants it, so the catalogue is read twice. Channels without programmes are left out, as validating readers want it;
 * before the first guide all are named, so that it is not empty. Throws when Redis is away.
 */
export async function* renderGuide(options: RenderGuideOptions, view: ChannelView): AsyncGenerator<string> {
  const { catalog, guide } = options
  const [generation, number] = await Promise.all([catalog.currentGeneration(), guide.current()])
  const pages = () => (generation === undefined ? noPages() : pagesOf(wantedChannels(catalog, generation, view)))
  let piece = XMLTV_HEAD
  for await (const page of pages()) {
    const ids = page.map(({ id }) => id)
    const known = number === undefined ? new Set(ids) : await guide.withProgrammes(number, ids)
    for (const channel of page) {
      if (known.has(channel.id)) piece += writeChannel({ id: guideChannelId(channel), ...shownOf(channel) })
    }
    if (piece.length < PIECE_LENGTH) continue
    yield piece
    piece = ''
  }
  for await (const page of number === undefined ? noPages() : pages()) {
    const programmes = await guide.programmes(
      number ?? 0,
      page.map(({ id }) => id),
    )
    for (const [index, channel] of page.entries()) {
      const id = guideChannelId(channel)
      for (const programme of programmes[index] ?? []) {
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

async function* pagesOf(channels: AsyncIterable<CatalogChannel>): AsyncGenerator<CatalogChannel[]> {
  let page: CatalogChannel[] = []
  for await (const channel of channels) {
    page.push(channel)
    if (page.length < PAGE_SIZE) continue
    yield page
    page = []
  }
  if (page.length > 0) yield page
}

/** Each guide id once: several channels may share one. */
async function* wantedChannels(
  catalog: RenderGuideOptions['catalog'],
  generation: number,
  view: ChannelView,
): AsyncGenerator<CatalogChannel> {
  const isWanted = createViewFilter(view)
  const seen = new Set<string>()
  for await (const channel of catalog.channelsInOrder(generation)) {
    const id = guideChannelId(channel)
    if (!isWanted(channel) || seen.has(id)) continue
    seen.add(id)
    yield channel
  }
}

/** Players match by name and by number too. */
function shownOf({ name, attributes }: CatalogChannel): { names: string[]; icon?: string } {
  const number = attributeValue(attributes, 'tvg-chno')
  const names = number === undefined || number === '' ? [name] : [name, number]
  const icon = attributeValue(attributes, 'tvg-logo')
  const isShown = icon !== undefined && icon !== '' && !holdsSealed(icon) && !showsLogin(icon)
  return isShown ? { names, icon } : { names }
}
