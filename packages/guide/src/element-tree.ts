import { SaxesParser } from 'saxes'
import { decodeEntities } from './entities.ts'

export type XmlElement = {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: readonly (XmlElement | string)[]
}

type Growing = {
  readonly name: string
  readonly attributes: Record<string, string>
  readonly children: (Growing | string)[]
}

/** Deeper elements are left out with all that is in them; XMLTV has four levels. */
const MAX_DEPTH = 8

/**
 * Parses elements that were cut out of a document. Never throws: what is not well-formed is read as
 * far as it goes, and tags that were left open end with the text. Entities that the document
 * declares are not expanded.
 */
export class ElementParser {
  /** Used again for the next element, since making one costs more than a short element. */
  #saxes: SaxesParser | undefined
  #open: Growing[] = []

  /** @returns `undefined` if there is no element in the text */
  parse(text: string): XmlElement | undefined {
    const root: Growing = { name: '', attributes: {}, children: [] }
    this.#open = [root]
    const saxes = this.#saxes ?? this.#createSaxes()
    this.#saxes = saxes
    saxes.write(text.includes('&') ? escapeBareAmpersands(text) : text)
    // Half a tag left over would run into the next element.
    if (this.#open.length !== 1 || !text.endsWith('>')) this.#saxes = undefined
    return root.children.find((child) => typeof child !== 'string')
  }

  #createSaxes(): SaxesParser {
    const saxes = new SaxesParser({ fragment: true })
    // With a handler, saxes reports what is not well-formed and continues.
    saxes.on('error', () => {
      this.#saxes = undefined
    })
    saxes.on('opentag', ({ name, attributes }) => {
      const element: Growing = { name, attributes: decodeAll(attributes as Record<string, string>), children: [] }
      if (this.#open.length <= MAX_DEPTH) this.#open.at(-1)?.children.push(element)
      this.#open.push(element)
    })
    const addText = (piece: string) => this.#open.at(-1)?.children.push(piece)
    saxes.on('text', (piece) => {
      // Most text of a guide is the white space between elements.
      if (!/^\s*$/.test(piece)) addText(decodeEntities(piece))
    })
    saxes.on('cdata', addText)
    saxes.on('closetag', () => {
      if (this.#open.length > 1) this.#open.pop()
    })
    return saxes
  }
}

/** The text in an element, white space folded. */
export function textOf({ children }: XmlElement): string {
  const text = children.length === 1 ? children[0] : children.filter((child) => typeof child === 'string').join('')
  if (typeof text !== 'string') return ''
  return UNFOLDED.test(text) ? text.replace(/\s{2,}|[^\S ]/g, ' ').trim() : text
}

/** White space to fold; most texts have none. */
const UNFOLDED = /^\s|\s$|\s\s|[^\S ]/

/** saxes leaves references that XML does not know as they are (`&nbsp;`). */
function decodeAll(attributes: Record<string, string>): Record<string, string> {
  for (const name in attributes) {
    const value = attributes[name] as string
    if (value.includes('&')) attributes[name] = decodeEntities(value)
  }
  return attributes
}

const CDATA_OR_BARE_AMPERSAND = /<!\[CDATA\[[\s\S]*?\]\]>|&(?!(?:#\d{1,7}|#x[\da-f]{1,6}|\w{1,32});)/gi

/** An `&` that begins no reference would swallow the tags behind it. */
function escapeBareAmpersands(text: string): string {
  return text.replace(CDATA_OR_BARE_AMPERSAND, (found) => (found === '&' ? '&amp;' : found))
}
