import type { Attributes } from './attributes.ts'
import { comparableKey } from './attributes.ts'
import { cleanText } from './clean-text.ts'
import type { Limits } from './limits.ts'
import type { SkipReason } from './model.ts'

type Options = {
  readonly limits: Pick<Limits, 'attributes' | 'attributeKeyLength' | 'attributeValueLength'>
  readonly onSkip: (reason: SkipReason) => void
}

/**
 * Reads `key="value" key='value' key=value …, rest` from `start`.
 *
 * - A quote ends its value only before a comma, the end, or the next `key=`; any other quote
 *   belongs to the value. If the next `key="` begins inside a value, its closing quote was
 *   forgotten and the value ends there. If there is no such quote, the value ends at its first
 *   quote, otherwise at the first comma.
 * - Typeset quotes end at the next one.
 * - A value without quotes reaches to the comma or to the next `key=`.
 * - Of attributes with the same name (in any spelling) the first that is not empty wins, at the
 *   place of the first.
 *
 * Each character is visited a bounded number of times, for any text.
 */
export function scanAttributes(
  text: string,
  start: number,
  { limits, onSkip }: Options,
): { readonly attributes: Attributes; readonly rest: string } {
  const attributes: Array<readonly [string, string]> = []
  const positions = new Map<string, number>()
  let nameBefore: string | undefined
  let at = start
  let behindAttributes = start

  while (at < text.length) {
    const char = text.charCodeAt(at)
    if (isSpace(char)) {
      at++
      continue
    }
    if (char === COMMA) {
      // Usually the name follows. Some lists put a comma between attributes, or attributes behind
      // the name.
      const next = quotedAttributeIn(text, at + 1)
      if (next < 0) return { attributes, rest: nameBefore ?? text.slice(at + 1) }
      const between = text.slice(at + 1, next).trim()
      if (between !== '') nameBefore ??= between
      at = next
      continue
    }
    KEY.lastIndex = at
    const key = KEY.exec(text)
    if (!key) {
      at = endOfJunk(text, at)
      continue
    }
    const value = scanValue(text, KEY.lastIndex)
    at = value.end
    behindAttributes = at
    add(key[1]!, value.text)
  }
  return { attributes, rest: nameBefore ?? text.slice(behindAttributes) }

  function add(key: string, rawValue: string): void {
    const value = cleanText(rawValue)
    if (key.length > limits.attributeKeyLength || value.length > limits.attributeValueLength) {
      onSkip('attribute-too-long')
      return
    }
    const comparable = comparableKey(key)
    const known = positions.get(comparable)
    if (known !== undefined) {
      if (attributes[known]![1] === '') attributes[known] = [attributes[known]![0], value]
      return
    }
    if (attributes.length >= limits.attributes) {
      onSkip('too-many-attributes')
      return
    }
    positions.set(comparable, attributes.length)
    attributes.push([key, value])
  }
}

const COMMA = 0x2c
const DOUBLE_QUOTE = 0x22
const SINGLE_QUOTE = 0x27

/** Characters of a key; a renderer must follow the same rule. */
export const KEY_PATTERN = /^[^\s=,"'\p{Cc}\ufeff\u2028\u2029]+$/u

/** `key=`, also `key = "`. */
const KEY = /([^\s=,"']+)(?:=[ \t]*(?=["'])|=|[ \t]+=[ \t]*(?=["']))/y
/** Text that may follow a closing quote. */
const CLOSES = /\s*(?:$|,|[^\s=,"']+\s*=)/y
/** More quotes inside one value than any real one has; the bound keeps the scan linear. */
const MAX_INNER_QUOTES = 32

function scanValue(text: string, start: number): { readonly text: string; readonly end: number } {
  const quote = text.charCodeAt(start)
  if (quote === DOUBLE_QUOTE || quote === SINGLE_QUOTE) return scanQuoted(text, start + 1, text[start]!)
  TYPESET.lastIndex = start
  const typeset = TYPESET.exec(text)
  if (typeset !== null) return { text: typeset[1]!, end: TYPESET.lastIndex }
  const end = endOfUnquoted(text, start)
  return { text: text.slice(start, end), end }
}

/** Quotes of a word processor, in which a list was edited. */
const TYPESET = /[\u201c-\u201f]([^\u201c-\u201f]*)[\u201c-\u201f]/y

function scanQuoted(text: string, start: number, quote: string): { readonly text: string; readonly end: number } {
  const firstQuote = text.indexOf(quote, start)
  let inner = 0
  for (let at = firstQuote; at >= 0 && inner < MAX_INNER_QUOTES; at = text.indexOf(quote, at + 1), inner++) {
    CLOSES.lastIndex = at + 1
    if (CLOSES.test(text)) return { text: text.slice(start, at), end: at + 1 }
    const nextKey = startOfKeyBefore(text, at, start)
    if (nextKey >= 0) return { text: text.slice(start, nextKey), end: nextKey }
  }
  if (firstQuote >= 0) return { text: text.slice(start, firstQuote), end: firstQuote + 1 }
  const comma = text.indexOf(',', start)
  const end = comma < 0 ? text.length : comma
  return { text: text.slice(start, end), end }
}

/** Where ` key=` begins that ends right before `quoteAt`, or -1. */
function startOfKeyBefore(text: string, quoteAt: number, from: number): number {
  if (text[quoteAt - 1] !== '=') return -1
  let at = quoteAt - 2
  while (at >= from && isKeyCharacter(text.charCodeAt(at))) at--
  return at >= from && at < quoteAt - 2 && isSpace(text.charCodeAt(at)) ? at : -1
}

function endOfUnquoted(text: string, start: number): number {
  for (let at = start; at < text.length; at++) {
    const char = text.charCodeAt(at)
    if (char === COMMA) return at
    if (!isSpace(char)) continue
    const wordStart = skipSpaces(text, at)
    let wordEnd = wordStart
    while (wordEnd < text.length && isKeyCharacter(text.charCodeAt(wordEnd))) wordEnd++
    if (wordEnd > wordStart && text[wordEnd] === '=') return at
    at = Math.max(at, wordEnd - 1)
  }
  return text.length
}

/** Start of the first `key="` behind `from`, or -1. */
function quotedAttributeIn(text: string, from: number): number {
  for (let equals = text.indexOf('="', from); equals >= 0; equals = text.indexOf('="', equals + 1)) {
    let start = equals
    while (start > from && isKeyCharacter(text.charCodeAt(start - 1))) start--
    if (start < equals) return start
  }
  return -1
}

/** A word that is not an attribute: up to the next space, comma, or past its own quote. */
function endOfJunk(text: string, start: number): number {
  let at = start + 1
  while (at < text.length && text.charCodeAt(at) !== COMMA && !isSpace(text.charCodeAt(at))) at++
  return at
}

function skipSpaces(text: string, start: number): number {
  let at = start
  while (at < text.length && isSpace(text.charCodeAt(at))) at++
  return at
}

function isKeyCharacter(char: number): boolean {
  return char !== 0x3d && char !== COMMA && char !== DOUBLE_QUOTE && char !== SINGLE_QUOTE && !isSpace(char)
}

function isSpace(char: number): boolean {
  return char === 0x20 || char === 0xa0 || (char >= 0x09 && char <= 0x0d) || char === 0x3000
}
