import { holdsSealed, showsLogin } from '@kptv/addresses'
import type { CatalogChannel } from '@kptv/catalog'
import { attributeValue, guideShiftMs, isGuideId } from '@kptv/playlist'

const MINUTE_MS = 60_000
/** A channel that repeats another one some hours later: `One +1`. */
const IS_LATER = /\+\s?\d/

/**
 * The id of a channel in the guide and in `tvg-id`, the same in every output: the id of its list,
 * otherwise one made of our own id. It contains a dot, since some players take an id without one
 * for a number.
 *
 * Lists give a channel such as `One +1` the id of the channel that it repeats, and a shift. It has
 * other programmes in our guide, so it needs another id.
 */
export function guideChannelId({ id, name, attributes }: Pick<CatalogChannel, 'id' | 'name' | 'attributes'>): string {
  const given = attributeValue(attributes, 'tvg-id')
  if (given === undefined || !isGuideId(given) || holdsSealed(given) || showsLogin(given)) return `${id}.kptv`
  const shiftMs = IS_LATER.test(name) ? guideShiftMs(attributes) : 0
  return shiftMs === 0 ? given : `${given}.shift${Math.round(shiftMs / MINUTE_MS)}`
}
