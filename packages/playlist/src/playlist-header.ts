import { fillHoles } from './attributes.ts'
import type { Limits } from './limits.ts'
import type { PlaylistHeader, SkipReason } from './model.ts'
import { scanAttributes } from './scan-attributes.ts'

/** Reads `#EXTM3U` lines. Lists glued together have several: their guides add up, the first value of an attribute wins. */
export function createHeaderReader(limits: Limits) {
  const result: PlaylistHeader = { epgUrls: [], attributes: [] }
  return {
    result,
    read(text: string, onSkip: (reason: SkipReason) => void): void {
      const { attributes } = scanAttributes(text, 0, {
        limits: { ...limits, attributeValueLength: limits.lineBytes },
        onSkip,
      })
      result.attributes = fillHoles(result.attributes, attributes, limits.attributes)
      for (const [key, value] of attributes) {
        if (!EPG_KEY.test(key)) continue
        for (const url of epgUrlsIn(value)) if (!result.epgUrls.includes(url)) result.epgUrls.push(url)
        result.epgUrls.splice(MAX_EPG_URLS)
      }
    },
  }
}

const EPG_KEY = /^(?:x-tvg-url|url-tvg|tvg-url)$/i
/** Real headers name some 150. */
const MAX_EPG_URLS = 1000

/** Addresses separated by comma, semicolon or space; a comma inside one stays. */
function epgUrlsIn(value: string): string[] {
  const urls: string[] = []
  const pieces = value.split(/([\s,;]+)/)
  for (let at = 0; at < pieces.length; at += 2) {
    const piece = pieces[at]!
    const separator = pieces[at - 1] ?? ''
    if (/^https?:\/\//i.test(piece)) urls.push(piece)
    else if (piece !== '' && urls.length > 0 && !/\s/.test(separator)) urls.push(urls.pop() + separator + piece)
  }
  return urls.filter((url) => URL.canParse(url))
}
