import type { SkipReason } from './model.ts'

/** A `#KODIPROP` of an entry that only a player with its key can play. */
export function isProtection(property: string): boolean {
  return /^[\w.-]*\.(?:license_(?:type|key|url)|drm|drm_legacy|drm_config)\s*=\s*\S/i.test(property)
}

/** Why an entry is unplayable here, as far as its lines show. */
export function unplayableReason(url: string, isProtected: boolean): SkipReason | undefined {
  if (isProtected) return 'unplayable-drm'
  return DASH.test(url) ? 'unplayable-dash' : undefined
}

const DASH = /^https?:\/\/[^?#]*\.(?:mpd|ism\/manifest)(?:[?#]|$)/i
