import type { Attributes } from './attributes.ts'
import { attributeValue, comparableKey, fillHoles } from './attributes.ts'

/**
 * Defaults from the `#EXTM3U` line for all entries after it, as Kodi reads it: the shift of the
 * guide, catch-up, and the folder of logos. Each of several merged lists has its own line.
 */
export class ListDefaults {
  readonly #baseUrl: string | undefined
  readonly #maxAttributes: number
  #inherited: Attributes = []
  #headers: Attributes = []
  #logoFolder: string | undefined

  constructor(baseUrl: string | undefined, maxAttributes: number) {
    this.#baseUrl = baseUrl
    this.#maxAttributes = maxAttributes
  }

  /**
   * Takes the attributes of an `#EXTM3U` line; `isFirst`: there is no entry between it and the line
   * before.
   */
  read(attributes: Attributes, isFirst: boolean): void {
    const before = isFirst ? this.#inherited : []
    this.#inherited = fillHoles(
      before,
      attributes.filter(([key, value]) => value !== '' && INHERITED.test(comparableKey(key))),
      this.#maxAttributes,
    )
    this.#headers = attributes.filter(([key]) => REQUEST_HEADER.test(comparableKey(key)))
    const folder = LOGO_FOLDERS.map((key) => attributeValue(attributes, key)).find(Boolean)
    if (folder !== undefined || !isFirst) this.#logoFolder = folder
  }

  /** Attributes of the line that set request headers where an entry has none. */
  get headers(): Attributes {
    return this.#headers
  }

  /** The attributes of an entry with the defaults, and with absolute addresses of logos. */
  apply(attributes: Attributes): Attributes {
    const filled =
      this.#inherited.length === 0 ? attributes : fillHoles(attributes, this.#inherited, this.#maxAttributes)
    const isRelative = ([key, value]: Attributes[number]) => RELATIVE_LOGO.test(value) && LOGO.test(comparableKey(key))
    if (!filled.some(isRelative)) return filled
    return filled.map((attribute) => (isRelative(attribute) ? [attribute[0], this.#logoUrl(attribute[1])] : attribute))
  }

  /**
   * File names are resolved against the folder of logos, if the line names one; paths against the
   * list.
   */
  #logoUrl(value: string): string {
    const isFileName = !/^[./]/.test(value)
    const folder = this.#logoFolder
    if (isFileName && folder !== undefined) {
      const url = URL.parse(value, URL.parse(folder.replace(/\/*$/, '/'), this.#baseUrl)?.href)
      if (url !== null) return url.href
    }
    return URL.parse(value, this.#baseUrl)?.href ?? value
  }
}

const INHERITED = /^(?:tvg-shift|catchup(?:-.+)?|timeshift|tvg-rec)$/
const REQUEST_HEADER = /^(?:http-)?(?:user-agent|referr?er|origin)$/
const LOGO_FOLDERS = ['url-logo', 'x-logo-url', 'logo-url', 'tvg-logo-url']
const LOGO = /^(?:tvg-|group-|provider-)?logo(?:-small)?$/
/** A path or a file name; not another scheme, nor a remark such as `N/A`. */
const RELATIVE_LOGO = /^(?:\.{0,2}\/|(?![a-z][a-z0-9+.-]*:)[^\s].*\.(?:png|jpe?g|gif|svg|webp|avif|ico|bmp)(?:[?#]|$))/i
