import { createHash } from 'node:crypto'
import type { CatalogChannel, CatalogReader } from '@kptv/catalog'
import type { WantedChannel } from '@kptv/guide'
import { channelKind } from '@kptv/playlist'

const HOUR_MS = 3_600_000

/** The channels that need a guide. */
export type WantedChannels = {
  readonly channels: readonly WantedChannel[]
  /**
   * Hours by which the list says a channel's guide is off (`tvg-shift`), in milliseconds; 0 for
   * most.
   */
  readonly shiftMs: ReadonlyMap<string, number>
  /** Changes when any channel would find its guide in another way. */
  readonly digest: string
}

/** Reads all channels of the current catalogue; `undefined` before the first one. */
export async function readWantedChannels(
  catalog: Pick<CatalogReader, 'currentGeneration' | 'channelsInOrder'>,
): Promise<WantedChannels | undefined> {
  const generation = await catalog.currentGeneration()
  if (generation === undefined) return undefined
  const channels: WantedChannel[] = []
  const shiftMs = new Map<string, number>()
  const digests: string[] = []
  for await (const channel of catalog.channelsInOrder(generation)) {
    // VOD has no programmes.
    if (channelKind(channel) !== 'live') continue
    const wanted = wantedOf(channel)
    const shift = shiftOf(channel)
    channels.push(wanted)
    if (shift !== 0) shiftMs.set(channel.id, shift)
    digests.push(
      createHash('sha1')
        .update(JSON.stringify([wanted, shift]))
        .digest('base64url'),
    )
  }
  // The order of the playlist does not matter here.
  const digest = createHash('sha256').update(digests.sort().join()).digest('base64url')
  return { channels, shiftMs, digest }
}

function wantedOf({ id, name, attributes }: CatalogChannel): WantedChannel {
  const valuesOf = (attribute: string) =>
    attributes.filter(([key, value]) => key === attribute && value !== '').map(([, value]) => value)
  return { id, name, guideIds: valuesOf('tvg-id'), otherNames: valuesOf('tvg-name') }
}

/** Hours, as Kodi has them: `2`, `-1.5`. */
function shiftOf({ attributes }: CatalogChannel): number {
  const hours = Number(attributes.find(([key]) => key === 'tvg-shift')?.[1] ?? 0)
  return Number.isFinite(hours) && Math.abs(hours) <= 24 ? Math.round(hours * HOUR_MS) : 0
}
