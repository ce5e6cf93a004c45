import { BUCKETS } from '../bucket.ts'
import type { CatalogReader } from '../catalog-reader.ts'
import type { GuideLists } from './guide-lists.ts'
import type { GuideMatch } from './guide-matches.ts'

/** The guides in which a channel was found: none, if it has no guide. */
type ChannelGuides = {
  readonly channelId: string
  readonly name: string
  readonly guides: readonly (Pick<GuideMatch, 'guideChannelId' | 'by'> & { readonly guide: string })[]
}

/**
 * Every channel of the current catalogue in the order of the playlist, with what it was matched
 * with; nothing before the first catalogue. Throws when Redis does not answer.
 */
export async function* channelGuides(
  catalog: Pick<CatalogReader, 'currentGeneration' | 'channelsInOrder'>,
  lists: Pick<GuideLists, 'names' | 'goodGuide' | 'readMatches'>,
): AsyncGenerator<ChannelGuides> {
  const generation = await catalog.currentGeneration()
  if (generation === undefined) return
  const found = await matchesByChannel(lists)
  for await (const { id: channelId, name } of catalog.channelsInOrder(generation)) {
    yield { channelId, name, guides: found.get(channelId) ?? [] }
  }
}

async function matchesByChannel(
  lists: Pick<GuideLists, 'names' | 'goodGuide' | 'readMatches'>,
): Promise<ReadonlyMap<string, ChannelGuides['guides']>> {
  const found = new Map<string, ChannelGuides['guides'][number][]>()
  for (const [guideId, guide] of await lists.names()) {
    const good = await lists.goodGuide(guideId)
    if (good === undefined) continue
    for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
      for (const { channelId, guideChannelId, by } of await lists.readMatches(guideId, good.goodVersion, bucket)) {
        const ofChannel = found.get(channelId)
        const match = { guide, guideChannelId, by }
        if (ofChannel === undefined) found.set(channelId, [match])
        else ofChannel.push(match)
      }
    }
  }
  return found
}
