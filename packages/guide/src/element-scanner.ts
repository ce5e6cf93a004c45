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
}

/** Longest element that is kept; real programmes have 1 to 20 KiB. */
export const MAX_ELEMENT_BYTES = 256 * 1024

const STARTS = { channel: Buffer.from('<channel'), programme: Buffer.from('<programme') } as const
const ENDS = { channel: Buffer.from('</channel'), programme: Buffer.from('</programme') } as const
const COMMENT = { start: Buffer.from('<!--'), end: Buffer.from('-->') } as const
const CDATA = { start: Buffer.from('<![CDATA['), end: Buffer.from(']]>') } as const
/** As long as the longest text that is searched for, less one: what a chunk's end may hide. */
const OVERLAP_BYTES = 10

const LESS = 0x3c
const GREATER = 0x3e
const SLASH = 0x2f

type Kind = ScannedElement['kind']

/**
 * Cuts the elements of an XMLTV document out of its bytes without parsing XML, since most elements
 * of a guide belong to channels that are not in the catalogue: cutting is several times as fast as
 * parsing. Works for every encoding that has ASCII in it; UTF-16 must be converted first.
 *
 * Tolerant: elements may come in any order, below any root, on one line, and after a broken one; a
 * broken tail loses only the last element. Bounded: at most `MAX_ELEMENT_BYTES` and one chunk are
 * kept, and every byte is visited a fixed number of times.
 */
export class ElementScanner {
  readonly #skipped: (reason: SkipReason) => void
  #kept: Buffer = Buffer.alloc(0)
  /** Inside a comment or an element that is too large: what ends it. */
  #skippingTo: Buffer | undefined

  constructor(skipped: (reason: SkipReason) => void) {
    this.#skipped = skipped
  }

  /**
   * The elements that `chunk` completes. Take them one after the other; the next `push` invalidates
   * their bytes.
   */
  *push(chunk: Buffer): Generator<ScannedElement> {
    const bytes = this.#kept.length === 0 ? chunk : Buffer.concat([this.#kept, chunk])
    const search = createSearch(bytes)
    let at = 0
    while (true) {
      if (this.#skippingTo !== undefined) {
        const end = bytes.indexOf(this.#skippingTo, at)
        if (end < 0) {
          at = Math.max(at, bytes.length - OVERLAP_BYTES)
          break
        }
        at = end + this.#skippingTo.length
        this.#skippingTo = undefined
      }
      const found = search.next(at)
      if (found === undefined) {
        at = Math.max(at, bytes.length - OVERLAP_BYTES)
        break
      }
      at = found.at
      if (found.what === 'comment') {
        this.#skippingTo = COMMENT.end
        at += COMMENT.start.length
        continue
      }
      const end = findEnd(bytes, at, found.what)
      if (end === 'unclosed') {
        this.#skipped('element-not-closed')
        at += STARTS[found.what].length
        continue
      }
      if (end === undefined && bytes.length - at <= MAX_ELEMENT_BYTES) break
      if (end === undefined || end - at > MAX_ELEMENT_BYTES) {
        this.#skipped('element-too-large')
        if (end === undefined) this.#skippingTo = ENDS[found.what]
        at = end ?? at + STARTS[found.what].length
        continue
      }
      yield { kind: found.what, bytes: bytes.subarray(at, end) }
      at = end
    }
    // A copy: a view would keep the whole chunk alive, and the caller may use its memory again.
    this.#kept = Buffer.from(bytes.subarray(at))
  }

  /** The document is over. */
  end(): void {
    const search = createSearch(this.#kept).next(0)
    if (search !== undefined && search.what !== 'comment') this.#skipped('element-not-closed')
    this.#kept = Buffer.alloc(0)
  }
}

type Found = { readonly what: Kind | 'comment'; readonly at: number }

/**
 * Finds what begins next. Remembers the place of each candidate, so that each is searched for only
 * once per chunk.
 */
function createSearch(bytes: Buffer) {
  const places = new Map<Found['what'], number>()
  const placeOf = (what: Found['what'], from: number): number => {
    const known = places.get(what)
    if (known !== undefined && known >= from) return known
    const at = what === 'comment' ? bytes.indexOf(COMMENT.start, from) : indexOfStart(bytes, STARTS[what], from)
    places.set(what, at < 0 ? Number.POSITIVE_INFINITY : at)
    return at < 0 ? Number.POSITIVE_INFINITY : at
  }
  return {
    next(from: number): Found | undefined {
      let first: Found = { what: 'comment', at: placeOf('comment', from) }
      for (const what of ['programme', 'channel'] as const) {
        const at = placeOf(what, from)
        if (at < first.at) first = { what, at }
      }
      return first.at === Number.POSITIVE_INFINITY ? undefined : first
    },
  }
}

/**
 * Where a start tag of this very name begins; one whose name the end of the bytes hides does not
 * count yet.
 */
function indexOfStart(bytes: Buffer, start: Buffer, from: number): number {
  for (let at = bytes.indexOf(start, from); at >= 0; at = bytes.indexOf(start, at + start.length)) {
    const next = bytes[at + start.length]
    if (next === undefined) return -1
    if (isNameEnd(next)) return at
  }
  return -1
}

/**
 * @returns the offset behind the element that begins at `at`; `undefined` if it is not complete
 *   yet; `unclosed` if its start tag is broken, or another one of its kind begins before it ends
 */
function findEnd(bytes: Buffer, at: number, kind: Kind): number | 'unclosed' | undefined {
  const tagEnd = endOfTag(bytes, at)
  if (typeof tagEnd !== 'number' || bytes[tagEnd - 2] === SLASH) return tagEnd
  let from = tagEnd
  let nextStart = -1
  while (true) {
    if (nextStart < from) nextStart = indexOfStart(bytes, STARTS[kind], from)
    if (nextStart < 0) nextStart = bytes.length
    const close = bytes.subarray(0, nextStart).indexOf(ENDS[kind], from)
    const cdata = bytes.subarray(0, close < 0 ? nextStart : close).indexOf(CDATA.start, from)
    if (cdata >= 0) {
      const cdataEnd = bytes.indexOf(CDATA.end, cdata)
      if (cdataEnd < 0) return undefined
      from = cdataEnd + CDATA.end.length
      continue
    }
    if (close < 0) return nextStart < bytes.length ? 'unclosed' : undefined
    const end = bytes.indexOf(GREATER, close)
    return end < 0 ? undefined : end + 1
  }
}

/**
 * The offset behind the `>` of the tag that begins at `at`; a `>` within quotes does not count. A
 * `<` within the tag means that a quote or the `>` is missing, since XML allows none there (XML
 * 1.0, 2.3 AttValue).
 */
function endOfTag(bytes: Buffer, at: number): number | 'unclosed' | undefined {
  let quote = 0
  for (let index = at + 1; index < bytes.length; index += 1) {
    const byte = bytes[index]
    if (byte === LESS) return 'unclosed'
    if (quote !== 0) {
      if (byte === quote) quote = 0
    } else if (byte === 0x22 || byte === 0x27) quote = byte
    else if (byte === GREATER) return index + 1
  }
  return undefined
}

/** Space, tab, line end, `/` or `>`. */
function isNameEnd(byte: number): boolean {
  return byte <= 0x20 || byte === SLASH || byte === GREATER
}
