import type { SkipReason } from './model.ts'

/** Why a `#KODIPROP` makes an entry unplayable: only a player with its key can play it, or DASH. */
export function unplayableProperty(property: string): SkipReason | undefined {
  if (PROTECTION.test(property)) return 'unplayable-drm'
  return /^[\w.-]*\.manifest_type\s*=\s*(?:mpd|ism)\b/i.test(property) ? 'unplayable-dash' : undefined
}

const PROTECTION = /^[\w.-]*\.(?:license_(?:type|key|url)|drm|drm_legacy|drm_config)\s*=\s*\S/i

/** Why an entry is unplayable here, as far as its lines show. */
export function unplayableReason(url: string, byProperty: SkipReason | undefined): SkipReason | undefined {
  const saysOtherwise = byProperty === 'unplayable-dash' && NOT_DASH.test(url)
  if (byProperty !== undefined && !saysOtherwise) return byProperty
  return DASH.test(url) ? 'unplayable-dash' : undefined
}

const DASH = /^https?:\/\/[^?#]*\.(?:mpd|ism\/manifest)(?:[?#]|$)/i
const NOT_DASH = /^[^?#]*\.(?:m3u8?|ts)(?:[?#]|$)/i
