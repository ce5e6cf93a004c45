import type { CatalogReader, GuideStore } from '@kptv/catalog'

/**
 * A number that changes whenever the rendered guide would: with the catalogue, which names the channels, and with the
 * programmes. Both numbers only grow, so their sum does. `undefined` before the first catalogue.
 */
export async function guideEdition(
  catalog: Pick<CatalogReader, 'currentGeneration'>,
  guide: Pick<GuideStore, 'current'>,
): Promise<number | undefined> {
  const [generation, number = 0] = await Promise.all([catalog.currentGeneration(), guide.current()])
  return generation === undefined ? undefined : generation + number
}
