import { Buffer } from 'node:buffer'
import type { SkipReason } from './model.ts'

/**
 * One `<channel>` or `<programme>` element, from `<` to `>` of its end, in the encoding of the
 * document.
 */
export type ScannedElement = {
  readonly kind: 'channel' | 'programme'
  /** A view of the scanner's memory: valid until the next `push`. */
  readonly bytes: Buffer
  /** Its start tag in Latin-1. */
  readonly tag: string
}

/** Longest element that is kept; real programmes have 1 to 20 KiB. */
export const MAX_ELEMENT_BYTES = 256 * 1024

const MARKS = {
  channel: '<channel',
  programme: '<programme',
  '/channel': '</channel',
  '/programme': '</programme',
  comment: '<!--',
  cdata: '<![CDATA[',
} as const
const COMMENT_END = '-->'
const CDATA_END = ']]>'
/** As long as the longest text that is searched for, less one: what a chunk's end may hide. */
const OVERLAP_BYTES = 10

const LESS = 0x3c
const GREATER = 0x3e
const SLASH = 0x2f
const DOUBLE_QUOTE = 0x22
const SINGLE_QUOTE = 0x27

type Kind = ScannedElement['kind']

/**
 * Cuts the elements of an XMLTV document out of its bytes without parsing XML, since most elements
 * of a guide belong to channels that are not in the catalogue: cutting is several times as fast as
 * parsing. Works for every encoding that has ASCII in it; UTF-16 must be converted first.
 *
 * Searches a text in Latin-1, in which an offset is that of the byte: searches of short texts are
 * faster than those of bytes.
 *
 * Tolerant: elements may come in any order, below any root, on one line, and after a broken one; a
 * broken tail loses only the last element. Bounded: at most `MAX_ELEMENT_BYTES` and one chunk are
 * kept, and every byte is visited a fixed number of times.
 */
export class ElementScanner {
  readonly #skipped: (reason: SkipReason) => void
  #kept: Buffer = Buffer.alloc(0)
  /** Inside a comment or an element that is too large: what ends it. */
  #skippingTo: string | undefined

  constructor(skipped: (reason: SkipReason) => void) {
    this.#skipped = skipped
  }

  /**
   * The elements that `chunk` completes. Take them one after the other; the next `push` invalidates
   * their bytes.
   */
  *push(chunk: Buffer): Generator<ScannedElement> {
    const bytes = this.#kept.length === 0 ? chunk : Buffer.concat([this.#kept, chunk])
    const text = bytes.toString('latin1')
    const places = new Places(text)
    let at = 0
    while (true) {
      if (this.#skippingTo !== undefined) {
        const end = text.indexOf(this.#skippingTo, at)
        if (end < 0) {
          at = Math.max(at, text.length - OVERLAP_BYTES)
          break
        }
        at = end + this.#skippingTo.length
        this.#skippingTo = undefined
      }
      const found = places.next(at)
      if (found === undefined) {
        at = Math.max(at, text.length - OVERLAP_BYTES)
        break
      }
      at = places.of(found, at)
      if (found === 'comment') {
        this.#skippingTo = COMMENT_END
        at += MARKS.comment.length
        continue
      }
      const tagEnd = endOfTag(text, at)
      const end = typeof tagEnd === 'number' ? endOfElement(text, tagEnd, found, places) : tagEnd
      if (end === 'unclosed') {
        this.#skipped('element-not-closed')
        at += MARKS[found].length
        continue
      }
      if (end === undefined && text.length - at <= MAX_ELEMENT_BYTES) break
      if (end === undefined || end - at > MAX_ELEMENT_BYTES) {
        this.#skipped('element-too-large')
        if (end === undefined) this.#skippingTo = MARKS[`/${found}`]
        at = end ?? at + MARKS[found].length
        continue
      }
      yield { kind: found, bytes: bytes.subarray(at, end), tag: text.slice(at, tagEnd as number) }
      at = end
    }
    // A copy: a view would keep the whole chunk alive, and the caller may use its memory again.
    this.#kept = Buffer.from(bytes.subarray(at))
  }

  /** The document is over. */
  end(): void {
    const left = new Places(this.#kept.toString('latin1')).next(0)
    if (left !== undefined && left !== 'comment') this.#skipped('element-not-closed')
    this.#kept = Buffer.alloc(0)
  }
}

type Mark = keyof typeof MARKS

/**
 * Remembers the next place of each mark, and how far there is none, so that no byte is searched for
 * a mark twice.
 */
class Places {
  readonly #text: string
  readonly #next: Record<Mark, number> = marked(-1)
  readonly #noneBefore: Record<Mark, number> = marked(0)

  constructor(text: string) {
    this.#text = text
  }

  /** What begins next; `undefined` if nothing does. */
  next(from: number): Kind | 'comment' | undefined {
    const programme = this.of('programme', from)
    // Between two programmes there is little to search for other marks.
    const channel = this.of('channel', from, programme)
    const comment = this.of('comment', from, Math.min(programme, channel))
    if (comment !== NOWHERE) return 'comment'
    if (channel !== NOWHERE) return 'channel'
    return programme === NOWHERE ? undefined : 'programme'
  }

  /**
   * Where it begins; `NOWHERE` if that is not before `to`. A tag whose name the end of the text
   * hides does not count yet.
   *
   * @param from not before that of an earlier call that found something behind it
   */
  of(mark: Mark, from: number, to: number = NOWHERE): number {
    let known = this.#next[mark]
    if (known < from) {
      const start = Math.max(from, this.#noneBefore[mark])
      if (start >= to) return NOWHERE
      known = this.#search(mark, start, to)
      if (known !== NOWHERE || to === NOWHERE) this.#next[mark] = known
      else this.#noneBefore[mark] = to
    }
    return known < to ? known : NOWHERE
  }

  #search(mark: Mark, from: number, to: number): number {
    const text = to === NOWHERE ? this.#text : this.#text.slice(0, to)
    const whole = MARKS[mark]
    if (mark === 'channel' || mark === 'programme') {
      let at = text.indexOf(whole, from)
      while (at >= 0 && !this.#endsName(at + whole.length)) at = text.indexOf(whole, at + 1)
      return at < 0 ? NOWHERE : at
    }
    // A search stops at each first character, and `<` is one of the most frequent in a guide.
    const rest = whole.slice(1)
    let at = text.indexOf(rest, from + 1)
    while (at >= 0 && text.charCodeAt(at - 1) !== LESS) at = text.indexOf(rest, at + 1)
    return at < 0 ? NOWHERE : at - 1
  }

  #endsName(at: number): boolean {
    return at < this.#text.length && isNameEnd(this.#text.charCodeAt(at))
  }
}

const NOWHERE = Number.POSITIVE_INFINITY

function marked(place: number): Record<Mark, number> {
  return { channel: place, '/channel': place, programme: place, '/programme': place, comment: place, cdata: place }
}

/**
 * @param tagEnd behind its start tag
 * @returns the offset behind it; `undefined` if it is not complete yet; `unclosed` if another
 *   element of its kind begins before it ends
 */
function endOfElement(text: string, tagEnd: number, kind: Kind, places: Places): number | 'unclosed' | undefined {
  if (text.charCodeAt(tagEnd - 2) === SLASH) return tagEnd
  let from = tagEnd
  while (true) {
    const nextStart = places.of(kind, from)
    const close = places.of(kind === 'channel' ? '/channel' : '/programme', from)
    const cdata = places.of('cdata', from)
    if (cdata < close && cdata < nextStart) {
      const cdataEnd = text.indexOf(CDATA_END, cdata)
      if (cdataEnd < 0) return undefined
      from = cdataEnd + CDATA_END.length
      continue
    }
    if (nextStart < close) return 'unclosed'
    if (close === NOWHERE) return undefined
    const end = text.indexOf('>', close)
    return end < 0 ? undefined : end + 1
  }
}

/**
 * The offset behind the `>` of the tag that begins at `at`; a `>` within quotes does not count. A
 * `<` within the tag means that a quote or the `>` is missing, since XML allows none there (XML
 * 1.0, 2.3 AttValue).
 */
function endOfTag(text: string, at: number): number | 'unclosed' | undefined {
  let quote = 0
  for (let index = at + 1; index < text.length; index += 1) {
    const code = text.charCodeAt(index)
    if (code === LESS) return 'unclosed'
    if (quote !== 0) {
      if (code === quote) quote = 0
    } else if (code === DOUBLE_QUOTE || code === SINGLE_QUOTE) quote = code
    else if (code === GREATER) return index + 1
  }
  return undefined
}

/** Space, tab, line end, `/` or `>`. */
function isNameEnd(code: number): boolean {
  return code <= 0x20 || code === SLASH || code === GREATER
}
