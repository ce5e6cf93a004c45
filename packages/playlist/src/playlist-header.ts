import type { Attributes } from './attributes.ts'
import { fillHoles } from './attributes.ts'
import type { Limits } from './limits.ts'
import type { PlaylistHeader, SkipReason } from './model.ts'
import { scanAttributes } from './scan-attributes.ts'

/**
 * Reads `#EXTM3U` lines. Merged lists have several: their guides add up, the first value of an
 * attribute wins.
 */
export class HeaderReader {
  readonly #limits: Limits
  readonly #epgUrls = new Set<string>()
  #attributes: Attributes = []

  constructor(limits: Limits) {
    this.#limits = limits
  }

  /** The result of all lines. */
  get result(): PlaylistHeader {
    return { epgUrls: [...this.#epgUrls], attributes: this.#attributes }
  }

  /** @returns the attributes of this line */
  read(text: string, onSkip: (reason: SkipReason) => void): Attributes {
    const limits = { ...this.#limits, attributeValueLength: this.#limits.lineBytes }
    const { attributes } = scanAttributes(text, 0, { limits, onSkip })
    this.#attributes = fillHoles(this.#attributes, attributes, limits.attributes)
    for (const [key, value] of attributes) {
      if (!EPG_KEY.test(key)) continue
      for (const url of epgUrlsIn(value)) if (this.#epgUrls.size < MAX_EPG_URLS) this.#epgUrls.add(url)
    }
    return attributes
  }
}

const EPG_KEY = /^(?:x-tvg-url|url-tvg|tvg-url)$/i
/** Real headers name up to about 150. */
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
