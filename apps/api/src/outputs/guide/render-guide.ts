import { holdsSealed, showsLogin } from '@kptv/addresses'
import type { CatalogChannel, CatalogReader, GuideStore } from '@kptv/catalog'
import { type Programme, writeChannel, writeProgramme, XMLTV_HEAD, XMLTV_TAIL } from '@kptv/guide'
import { attributeValue } from '@kptv/playlist'
import { type ChannelView, createViewFilter } from '../../rendered/channel-view.ts'
import { guideChannelId } from '../../rendered/guide-channel-id.ts'

/** Characters of one piece of text: so that neither pieces nor their number grow large. */
const PIECE_LENGTH = 64 * 1024
/** Channels whose programmes are read at once. Between two pages other work of the process has its turn. */
const PAGE_SIZE = 50

type RenderGuideOptions = {
  readonly catalog: Pick<CatalogReader, 'currentGeneration' | 'channelsInOrder'>
  readonly guide: Pick<GuideStore, 'current' | 'programmes'>
}

/**
 * The guide of a part of the channels in pieces, as XMLTV. Memory does not grow with it: all channels come first, as the
 * format wants it, so the catalogue is read twice. Channels without programmes are named too. Throws when Redis is away.
 */
export async function* renderGuide({ catalog, guide }: RenderGuideOptions, view: ChannelView): AsyncGenerator<string> {
  const generation = await catalog.currentGeneration()
  const number = await guide.current()
  let piece = XMLTV_HEAD
  if (generation !== undefined) {
    for await (const channel of wantedChannels(catalog, generation, view)) {
      piece += writeChannel({ id: guideChannelId(channel), ...shownOf(channel) })
      if (piece.length < PIECE_LENGTH) continue
      yield piece
      piece = ''
    }
    if (number !== undefined) {
      for await (const [channel, programmes] of withProgrammes(
        guide,
        number,
        wantedChannels(catalog, generation, view),
      )) {
        const id = guideChannelId(channel)
        for (const programme of programmes) {
          piece += writeProgramme(id, programme)
          if (piece.length < PIECE_LENGTH) continue
          yield piece
          piece = ''
        }
      }
    }
  }
  yield piece + XMLTV_TAIL
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

async function* withProgrammes(
  guide: RenderGuideOptions['guide'],
  number: number,
  channels: AsyncIterable<CatalogChannel>,
): AsyncGenerator<readonly [CatalogChannel, readonly Programme[]]> {
  let page: CatalogChannel[] = []
  async function* readPage(): AsyncGenerator<readonly [CatalogChannel, readonly Programme[]]> {
    const found = await guide.programmes(
      number,
      page.map(({ id }) => id),
    )
    for (const [index, channel] of page.entries()) yield [channel, found[index] ?? []]
    page = []
  }
  for await (const channel of channels) {
    page.push(channel)
    if (page.length === PAGE_SIZE) yield* readPage()
  }
  yield* readPage()
}

/** Players match by name and by number too. */
function shownOf({ name, attributes }: CatalogChannel): { names: string[]; icon?: string } {
  const number = attributeValue(attributes, 'tvg-chno')
  const names = number === undefined || number === '' ? [name] : [name, number]
  const icon = attributeValue(attributes, 'tvg-logo')
  const isShown = icon !== undefined && icon !== '' && !holdsSealed(icon) && !showsLogin(icon)
  return isShown ? { names, icon } : { names }
}
