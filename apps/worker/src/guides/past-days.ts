import { createHash } from 'node:crypto'
import type { CatalogReader } from '@kptv/catalog'
import { archiveDays } from '@kptv/playlist'

/** Every channel keeps this much: players show what has just ended. */
const MIN_PAST_DAYS = 1

/** How far back programmes are kept: as far as the channel's past can be played elsewhere. */
export type PastDays = {
  readonly of: (channelId: string) => number
  /** Changes when the answer for any channel does. */
  readonly digest: string
}

/** Reads it from the current catalogue, once for each generation. */
export function createPastDaysReader(
  catalog: Pick<CatalogReader, 'currentGeneration' | 'channelsInOrder'>,
): () => Promise<PastDays> {
  let known: { readonly generation: number; readonly pastDays: PastDays } | undefined

  return async () => {
    const generation = await catalog.currentGeneration()
    if (generation === undefined) return toPastDays(new Map())
    if (known?.generation !== generation) {
      known = { generation, pastDays: toPastDays(await readLonger(generation)) }
    }
    return known.pastDays
  }

  /** Only channels that keep more than all others: most lists have none. */
  async function readLonger(generation: number): Promise<Map<string, number>> {
    const longer = new Map<string, number>()
    for await (const { id, attributes } of catalog.channelsInOrder(generation)) {
      const days = archiveDays(attributes)
      if (days > MIN_PAST_DAYS) longer.set(id, days)
    }
    return longer
  }
}

function toPastDays(longer: ReadonlyMap<string, number>): PastDays {
  const hash = createHash('sha256')
  for (const id of [...longer.keys()].sort()) hash.update(`${id} ${longer.get(id)}\n`)
  return { of: (channelId) => longer.get(channelId) ?? MIN_PAST_DAYS, digest: hash.digest('base64url') }
}
