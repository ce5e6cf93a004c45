import type { CatalogReader, GuideStore } from '@kptv/catalog'
import type { GuideWindow } from '@kptv/guide'

const DAY_MS = 24 * 60 * 60_000

/**
 * A number that changes whenever the rendered guide would: with the catalogue, which names the
 * channels, and with the programmes. Both numbers only grow, so their sum does too; where channels
 * are filled, the day is added. `undefined` before the first catalogue.
 */
export async function guideEdition(
  catalog: Pick<CatalogReader, 'currentGeneration'>,
  guide: Pick<GuideStore, 'current'>,
  fill?: GuideWindow | undefined,
): Promise<number | undefined> {
  const [generation, number = 0] = await Promise.all([catalog.currentGeneration(), guide.current()])
  return generation === undefined ? undefined : generation + number + (fill?.fromMs ?? 0) / DAY_MS
}

/** The window in which channels without a guide are filled: from the start of today on (UTC). */
export function fillWindow(nowMs: number, days: number): GuideWindow {
  const fromMs = Math.floor(nowMs / DAY_MS) * DAY_MS
  return { fromMs, toMs: fromMs + days * DAY_MS }
}
