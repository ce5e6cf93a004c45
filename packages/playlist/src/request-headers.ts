import type { Attributes } from './attributes.ts'
import { comparableKey } from './attributes.ts'

/**
 * Headers that a playlist may set for requests to its provider. Any other (Host, Authorization,
 * hop-by-hop) could be used to attack others through the proxy and is refused.
 */
const ALLOWED: ReadonlyMap<string, string> = new Map([
  ['user-agent', 'User-Agent'],
  ['referer', 'Referer'],
  ['referrer', 'Referer'],
  ['origin', 'Origin'],
  ['cookie', 'Cookie'],
  ['cookies', 'Cookie'],
])

/** Names of `#EXTVLCOPT` options and of EXTINF attributes that stand for a header. */
const OPTION_HEADERS: ReadonlyMap<string, string> = new Map([
  ['http-user-agent', 'User-Agent'],
  ['user-agent', 'User-Agent'],
  ['http-referrer', 'Referer'],
  ['http-referer', 'Referer'],
  ['http-origin', 'Origin'],
  ['http-cookie', 'Cookie'],
  ['http-cookies', 'Cookie'],
])

const MAX_VALUE = 4 * 1024
/** Values that HTTP can carry (RFC 9110, 5.5), without control characters. */
const VALID_VALUE = /^[\x20-\x7e\xa0-\xff]+$/

/** Headers of one entry, in order. Each `add…` returns false if something was refused. */
export function createHeaderCollector() {
  let headers: Array<readonly [string, string]> = []

  function put(name: string, rawValue: string): boolean {
    const value = rawValue.trim()
    if (value === '' || value.length > MAX_VALUE || !VALID_VALUE.test(value)) return false
    headers = [...headers.filter(([known]) => known !== name), [name, value]]
    return true
  }

  function addHeader(name: string, value: string): boolean {
    // Kodi marks custom headers with an exclamation mark.
    const allowed = ALLOWED.get(name.trim().replace(/^!/, '').toLowerCase())
    return allowed !== undefined && put(allowed, unquote(value.trim()))
  }

  /** `User-Agent=…&Referer=…`, values percent-encoded. Some lists write `|` instead of `&`. */
  function addQuery(text: string): boolean {
    return text
      .split(/&|\|(?=!?[\w-]{1,64}=)/)
      .filter((pair) => pair.trim() !== '')
      .map((pair) => {
        const [name, value] = splitAt(pair, '=')
        return addHeader(decode(name), decode(value))
      })
      .every(Boolean)
  }

  return {
    addQuery,

    /** `http-user-agent=…` as in `#EXTVLCOPT`. Options that are not headers are ignored. */
    addOption(text: string): boolean {
      const [name, value] = splitAt(text, '=')
      const header = OPTION_HEADERS.get(comparableKey(name.trim()))
      return header === undefined || put(header, unquote(value.trim()))
    },

    /** `inputstream.adaptive.stream_headers=…` as in `#KODIPROP`. */
    addProperty(text: string): boolean {
      const [name, value] = splitAt(text, '=')
      return !/\.(stream|common|manifest)_headers$/i.test(name.trim()) || addQuery(value)
    },

    /** `{"User-Agent":"…"}` as in `#EXTHTTP`. */
    addJson(text: string): boolean {
      const fields = parseObject(text)
      if (!fields) return false
      return Object.entries(fields)
        .map(([name, value]) => typeof value === 'string' && addHeader(name, value))
        .every(Boolean)
    },

    /** Attributes such as `http-user-agent`: used where no other line set the header. */
    addAttributes(attributes: Attributes): boolean {
      let accepted = true
      for (const [key, value] of attributes) {
        const header = OPTION_HEADERS.get(comparableKey(key))
        if (header === undefined || value === '' || headers.some(([known]) => known === header)) continue
        accepted = put(header, value) && accepted
      }
      return accepted
    },

    /** Returns the headers and starts afresh. */
    take(): Attributes {
      if (headers.length === 0) return NONE
      const taken = headers
      headers = []
      return taken
    },
  }
}

const NONE: Attributes = []

function splitAt(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator)
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + separator.length)]
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function unquote(text: string): string {
  return text.length >= 2 && text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1) : text
}

function parseObject(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}
