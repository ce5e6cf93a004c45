import { createHash, randomInt } from 'node:crypto'
import type { CatalogChannel, CatalogReader } from '@kptv/catalog'
import { type WantedChannel, WantedIndex } from '@kptv/guide'
import { channelKey, channelKind, comparableKey, guideShiftMs, isGuideId } from '@kptv/playlist'

/** The channels that need a guide. */
export type WantedChannels = {
  readonly index: WantedIndex
  /** Changes when any channel would find its guide in another way. */
  readonly digest: string
}

/** From a channel's id, or its name, to the id in the guide; an empty id: no guide. */
export type GuideMap = Readonly<Record<string, string>>

/**
 * Reads all channels of the current catalogue; `undefined` before the first one. Imports that run
 * at the same time share them, and a worker at rest keeps none.
 *
 * @param guideMap What the operator decided.
 */
export function createWantedChannelsReader(
  catalog: Pick<CatalogReader, 'currentGeneration' | 'channelsInOrder'>,
  guideMap: () => GuideMap,
): () => Promise<WantedChannels | undefined> {
  let shared: { readonly key: string; readonly wanted: WeakRef<WantedChannels> } | undefined
  let reading: { readonly key: string; readonly done: Promise<WantedChannels> } | undefined

  return async () => {
    const generation = await catalog.currentGeneration()
    if (generation === undefined) return undefined
    const map = guideMap()
    const key = JSON.stringify([generation, map])
    const known = shared?.key === key ? shared.wanted.deref() : undefined
    if (known !== undefined) return known
    if (reading?.key !== key) {
      const done = readWantedChannels(catalog.channelsInOrder(generation), map)
      reading = { key, done }
    }
    const current = reading
    try {
      const wanted = await current.done
      shared = { key, wanted: new WeakRef(wanted) }
      return wanted
    } finally {
      if (reading === current) reading = undefined
    }
  }
}

async function readWantedChannels(channels: AsyncIterable<CatalogChannel>, map: GuideMap): Promise<WantedChannels> {
  const index = new WantedIndex(channelKey, randomInt(2 ** 31))
  const digest = new Uint32Array(5)
  for await (const channel of channels) {
    // VOD has no programmes.
    if (channelKind(channel) !== 'live') continue
    const wanted = wantedOf(channel, map)
    index.add(wanted)
    addDigest(digest, JSON.stringify(wanted))
  }
  return { index, digest: Buffer.from(digest.buffer).toString('base64url') }
}

/** A sum, since the order of the playlist does not matter here. */
function addDigest(sum: Uint32Array, text: string): void {
  const part = createHash('sha1').update(text).digest()
  for (let index = 0; index < sum.length; index += 1) sum[index] = (sum[index] ?? 0) + part.readUInt32LE(index * 4)
}

function wantedOf({ id, name, attributes }: CatalogChannel, map: GuideMap): WantedChannel {
  const valuesOf = (attribute: string) =>
    attributes.filter(([key, value]) => comparableKey(key) === attribute && value !== '').map(([, value]) => value)
  const mappedTo = [id, name].find((key) => Object.hasOwn(map, key))
  return {
    id,
    name,
    guideIds: valuesOf('tvg-id').filter(isGuideId),
    otherNames: valuesOf('tvg-name'),
    mappedTo: mappedTo === undefined ? undefined : map[mappedTo],
    shiftMs: guideShiftMs(attributes),
  }
}
