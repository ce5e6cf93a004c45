import { holdsSealed, showsLogin } from '@kptv/addresses'
import type { CatalogChannel } from '@kptv/catalog'
import { attributeValue } from '@kptv/playlist'

/**
 * The id of a channel in the guide and in `tvg-id`, the same in every output: the id of its list,
 * otherwise one made of our own id. It contains a dot, since some players take an id without one
 * for a number.
 */
export function guideChannelId({ id, attributes }: Pick<CatalogChannel, 'id' | 'attributes'>): string {
  const given = attributeValue(attributes, 'tvg-id')
  return given === undefined || given === '' || holdsSealed(given) || showsLogin(given) ? `${id}.kptv` : given
}
