import { FALLBACK_CHARSET } from './charset.ts'
import { guessCharset } from './guess-charset.ts'
import { createLineSplitter, type RawLine } from './line-splitter.ts'
import { createEncodingReader } from './text-decoder.ts'

/**
 * Receives each line without its ending; undefined: the line was too long and was
 * dropped.
 */
type OnLine = (line: string | undefined) => void

/**
 * Lines that are not UTF-8 are enough evidence when there are this many bytes of them, or of
 * buffered text.
 */
const SAMPLE_BYTES = 4 * 1024
const MAX_HELD_BYTES = 64 * 1024

/**
 * Bytes of a list → lines of text. Lines that are valid UTF-8 are read as such in spite of any
 * declaration, because declarations are often wrong. Any other line is read in the declared
 * encoding, or in one guessed from the first such lines, which are buffered until there are enough
 * of them; otherwise as Windows-1252.
 *
 * @param charset As declared outside the list.
 * @param isCertain The operator declared it: then all lines are read in it.
 */
export class LineReader {
  readonly #encoding
  readonly #splitter
  readonly #isCertain: boolean
  #decoder: InstanceType<typeof TextDecoder> | undefined
  #held: RawLine[] = []
  #heldBytes = 0
  #sampleBytes = 0

  constructor(options: {
    readonly maxLineBytes: number
    readonly charset?: string | undefined
    readonly isCertain?: boolean
  }) {
    const { maxLineBytes, charset, isCertain = false } = options
    this.#encoding = createEncodingReader(charset)
    this.#splitter = createLineSplitter(maxLineBytes)
    this.#isCertain = isCertain && charset !== undefined && !charset.startsWith('utf-')
    if (charset !== undefined) this.#use(charset)
  }

  push(bytes: Uint8Array, onLine: OnLine): void {
    this.#splitter.push(this.#encoding.push(bytes), (line) => this.#take(line, onLine))
  }

  /** @param onLast receives the last line if it had no ending; it may be cut off. */
  end(onLine: OnLine, onLast: OnLine): void {
    this.#splitter.push(this.#encoding.end(), (line) => this.#take(line, onLine))
    let last: { readonly line: RawLine } | undefined
    this.#splitter.end((line) => {
      last = { line }
    })
    this.#settle(onLine)
    if (last !== undefined) onLast(this.#textOf(last.line))
  }

  /** The list declares its encoding, from the next line on. */
  declare(charset: string): void {
    if (!this.#isCertain) this.#use(charset)
  }

  /** UTF-8 needs no declaration, and a wrong one must not spoil the guess. */
  #use(charset: string): void {
    if (!charset.startsWith('utf-') && charset !== 'iso-2022-jp') this.#decoder = new TextDecoder(charset)
  }

  #take(line: RawLine, onLine: OnLine): void {
    const isUndecided = typeof line === 'object' && this.#decoder === undefined
    if (this.#held.length === 0 && !isUndecided) return onLine(this.#textOf(line))
    this.#held.push(typeof line === 'object' ? line.slice() : line)
    this.#heldBytes += line?.length ?? 0
    if (isUndecided) this.#sampleBytes += line.length
    if (this.#sampleBytes >= SAMPLE_BYTES || this.#heldBytes >= MAX_HELD_BYTES) this.#settle(onLine)
  }

  /** Decides with the evidence so far, and passes on the buffered lines. */
  #settle(onLine: OnLine): void {
    if (this.#held.length === 0) return
    const held = this.#held
    this.#held = []
    this.#decoder ??= new TextDecoder(guessCharset(sampleOf(held)) ?? FALLBACK_CHARSET)
    for (const line of held) onLine(this.#textOf(line))
  }

  #textOf(line: RawLine): string | undefined {
    if (typeof line === 'string' && this.#isCertain && !isAscii(line)) return this.#decoder?.decode(utf8.encode(line))
    return typeof line === 'object' ? (this.#decoder ?? fallback).decode(line) : line
  }
}

const utf8 = new TextEncoder()
const fallback = new TextDecoder(FALLBACK_CHARSET)

function isAscii(line: string): boolean {
  return /^[\t\x20-\x7e]*$/.test(line)
}

function sampleOf(lines: readonly RawLine[]): Uint8Array {
  return Buffer.concat(lines.flatMap((line) => (typeof line === 'object' ? [line, LINE_FEED] : [])))
}

const LINE_FEED = new Uint8Array([0x0a])
