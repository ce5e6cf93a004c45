import type { Attributes } from './attributes.ts'
import { attributeValue } from './attributes.ts'
import { charsetInComment, charsetOf } from './charset.ts'
import { cleanName, cleanText, cutText } from './clean-text.ts'
import { createOwnStreamTest, readEntryUrl } from './entry-url.ts'
import { createForeignBodyDetector } from './foreign-body.ts'
import { DEFAULT_LIMITS, type Limits } from './limits.ts'
import { LineReader } from './line-reader.ts'
import { ListDefaults } from './list-defaults.ts'
import type { Entry, NotAPlaylist, PlaylistHeader, Skipped, SkipReason } from './model.ts'
import { type ExtInf, parseExtInf } from './parse-extinf.ts'
import { HeaderReader } from './playlist-header.ts'
import { programOption } from './program-option.ts'
import { createHeaderCollector } from './request-headers.ts'
import { createSkipLog, type SkipLog } from './skip-log.ts'
import { readTextListLine } from './text-list.ts'
import { hasVisibleText, nameFromUrl } from './unnamed-entry.ts'
import { unplayableProperty, unplayableReason } from './unplayable.ts'

export type M3uParserOptions = {
  readonly limits?: Partial<Limits>
  /** Where the list came from, after redirects; without it relative addresses are skipped. */
  readonly baseUrl?: string
  /**
   * The prefix of our own links: entries that point at them are skipped, because they would play
   * themselves in a loop.
   */
  readonly ownBase?: string | undefined
  /** The encoding declared by the response: for lines that are not UTF-8. */
  readonly charset?: string | undefined
  /** The encoding declared by the operator: for all lines. */
  readonly certainCharset?: string | undefined
  /** Skip entries that their own lines mark as unplayable here. Default: keep them. */
  readonly skipsUnplayable?: boolean
  /** Gets each skipped item: the parser itself remembers only some. */
  readonly onSkipped?: ((skipped: Skipped) => void) | undefined
}

/**
 * Bytes of a list of channels in, entries out, in one pass and bounded memory. Takes any bytes and
 * never throws: it skips and counts unreadable lines, and continues with the next.
 */
class M3uParser {
  readonly #options: M3uParserOptions
  readonly #limits: Limits
  readonly #lines: LineReader
  readonly #foreign = createForeignBodyDetector()
  readonly #header: HeaderReader
  readonly #defaults: ListDefaults
  readonly #headers = createHeaderCollector()
  readonly #isOwnStream: (address: string) => boolean
  readonly #skipped

  #entries: Entry[] = []
  #entryCount = 0
  #entriesAtHeader = 0
  #line = 0
  #sawDirective = false
  #hasHeader = false
  #unplayable: SkipReason | undefined
  #pending: { readonly info: ExtInf; readonly line: number } | undefined
  #program: number | undefined
  /** `#EXTGRP` applies until it is changed or emptied, as in Kodi. */
  #group = ''

  constructor(options: M3uParserOptions = {}) {
    const { baseUrl, charset, certainCharset } = options
    this.#options = options
    this.#isOwnStream = createOwnStreamTest(options.ownBase)
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits }
    const isCertain = certainCharset !== undefined
    const { lineBytes: maxLineBytes } = this.#limits
    this.#lines = new LineReader({ maxLineBytes, charset: certainCharset ?? charset, isCertain })
    this.#header = new HeaderReader(this.#limits)
    this.#defaults = new ListDefaults(baseUrl, this.#limits.attributes)
    this.#skipped = createSkipLog(this.#limits.rememberedSkips, options.onSkipped)
  }

  /** Takes the next bytes, cut anywhere, and returns the entries that they complete. */
  push(bytes: Uint8Array): Entry[] {
    this.#lines.push(bytes, this.#readLine)
    return this.#takeEntries()
  }

  /**
   * Ends the list. Pass `complete: false` when the transfer was cut off: a last line without ending
   * is then dropped, because half a URL looks like a whole one.
   */
  end({ complete = true }: { readonly complete?: boolean } = {}): Entry[] {
    this.#lines.end(this.#readLine, (text) => {
      if (complete) this.#readLine(text)
      else this.#skipped.add('truncated', ++this.#line)
    })
    if (this.#pending) this.#skipped.add(complete ? 'entry-without-url' : 'truncated', this.#pending.line)
    this.#pending = undefined
    this.#foreign.end(this.#sawDirective || this.#entryCount > 0)
    return this.#takeEntries()
  }

  get header(): PlaylistHeader {
    return this.#header.result
  }

  /** Whether there was an `#EXTM3U` line. Lists without one are read anyway. */
  get hasHeader(): boolean {
    return this.#hasHeader
  }

  /** Skipped items: all counted, the first few with their line. */
  get skipped(): SkipLog {
    return this.#skipped
  }

  /** Why the body is not a list of channels; final after `end()`. */
  get notAPlaylist(): NotAPlaylist | undefined {
    return this.#foreign.verdict
  }

  readonly #readLine = (raw: string | undefined): void => {
    this.#line++
    if (raw === undefined) {
      this.#foreign.sawLongLine()
      this.#skip('line-too-long')
      return
    }
    const text = raw.trim() // also removes byte order marks and stray NBSP at the ends
    if (text === '' || this.#foreign.isForeign(text)) return
    if (text.charCodeAt(0) === HASH) this.#readDirective(text)
    else this.#readAddress(text)
  }

  #readDirective(text: string): void {
    const match = DIRECTIVE.exec(text)
    if (!match) {
      const charset = charsetInComment(text)
      if (charset !== undefined) this.#lines.declare(charset)
      return
    }
    const rest = text.slice(match[0].length)
    switch (match[1]!.toUpperCase()) {
      case 'EXTINF':
        this.#startEntry(rest)
        break
      case 'EXTM3U':
        this.#readHeader(rest)
        break
      case 'EXTGRP':
        this.#group = cleanText(rest).slice(0, this.#limits.attributeValueLength)
        break
      case 'EXTVLCOPT':
        this.#readOption(rest)
        break
      case 'KODIPROP':
        this.#noteUnplayable(unplayableProperty(rest))
        if (!this.#headers.addProperty(rest)) this.#skip('header-refused')
        break
      case 'EXTHTTP':
        if (!this.#headers.addJson(rest)) this.#skip('header-refused')
        break
    }
  }

  /** A key that is missing says more than a format. */
  #noteUnplayable(reason: SkipReason | undefined): void {
    if (reason === 'unplayable-drm') this.#unplayable = reason
    this.#unplayable ??= reason
  }

  #readOption(written: string): void {
    const text = written.replace(OPTION_MARK, '')
    const program = programOption(text)
    if (program === 'bad') this.#skip('bad-program')
    else if (program !== undefined) this.#program = program
    else if (!this.#headers.addOption(text)) this.#skip('header-refused')
  }

  #readHeader(text: string): void {
    this.#sawDirective = true
    this.#hasHeader = true
    const attributes = this.#header.read(text, this.#skip)
    this.#defaults.read(attributes, this.#entryCount === this.#entriesAtHeader)
    this.#entriesAtHeader = this.#entryCount
    const charset = attributeValue(attributes, 'charset') ?? attributeValue(attributes, 'encoding')
    const known = charset === undefined ? undefined : charsetOf(charset)
    if (known !== undefined) this.#lines.declare(known)
  }

  #startEntry(text: string): void {
    this.#sawDirective = true
    if (this.#pending) {
      this.#skipped.add('entry-without-url', this.#pending.line)
      this.#forgetRequest() // it may belong to the lost entry, and may be secret
    }
    this.#pending = { info: parseExtInf(text, this.#skip, this.#limits), line: this.#line }
  }

  #readAddress(text: string): void {
    const item = this.#pending === undefined ? readTextListLine(text) : undefined
    if (item === undefined) return this.#readUrl(text)
    if ('group' in item) {
      this.#group = cleanText(item.group).slice(0, this.#limits.attributeValueLength)
      return
    }
    const name = cutText(cleanName(item.name), this.#limits.nameLength)
    for (const address of item.addresses) {
      this.#pending = { info: { ...NO_INFO, name }, line: this.#line }
      this.#readUrl(address)
      this.#pending = undefined
    }
  }

  #readUrl(text: string): void {
    const read = readEntryUrl(text, this.#sawDirective ? this.#options.baseUrl : undefined)
    if ('skip' in read) {
      // The entry's address may still follow; otherwise the entry counts as skipped.
      if (read.skip !== 'garbage' || !this.#pending) this.#drop(read.skip)
      return
    }
    if (read.headerQuery !== '' && !this.#headers.addQuery(read.headerQuery)) this.#skip('header-refused')
    const { info, line } = this.#pending ?? { info: NO_INFO, line: this.#line }
    for (const attributes of [info.attributes, this.#defaults.headers]) {
      if (!this.#headers.addAttributes(attributes)) this.#skip('header-refused')
    }
    const refusal = this.#refusalOf(read.url)
    if (refusal !== undefined) return this.#drop(refusal)
    this.#entryCount++
    this.#entries.push({
      name: this.#nameOf(info, read.url),
      url: read.url,
      attributes: this.#withGroup(this.#defaults.apply(info.attributes)),
      headers: this.#headers.take(),
      ...(this.#program === undefined ? {} : { program: this.#program }),
      durationSeconds: info.durationSeconds,
      line,
    })
    this.#pending = undefined
    this.#forgetRequest()
  }

  #refusalOf(url: string): SkipReason | undefined {
    if (this.#isOwnStream(url)) return 'own-stream'
    if (this.#entryCount >= this.#limits.entries) return 'entry-limit'
    return this.#options.skipsUnplayable ? unplayableReason(url, this.#unplayable) : undefined
  }

  #drop(reason: SkipReason): void {
    this.#skip(reason)
    this.#pending = undefined
    this.#forgetRequest()
  }

  /** Request options in lines before an address apply to that address alone. */
  #forgetRequest(): void {
    this.#headers.take()
    this.#program = undefined
    this.#unplayable = undefined
  }

  #nameOf(info: ExtInf, url: string): string {
    if (hasVisibleText(info.name)) return info.name
    const tvgName = cutText(cleanName(attributeValue(info.attributes, 'tvg-name') ?? ''), this.#limits.nameLength)
    return hasVisibleText(tvgName) ? tvgName : nameFromUrl(url)
  }

  #withGroup(attributes: Attributes): Attributes {
    if (this.#group === '' || attributeValue(attributes, 'group-title')) return attributes
    const others = attributes.filter(([key]) => attributeValue([[key, '']], 'group-title') === undefined)
    return [...others, ['group-title', this.#group]]
  }

  readonly #skip = (reason: SkipReason): void => {
    this.#skipped.add(reason, this.#line)
  }

  #takeEntries(): Entry[] {
    const taken = this.#entries
    this.#entries = []
    return taken
  }
}

/** See {@link M3uParser}. */
export function createM3uParser(options: M3uParserOptions = {}): M3uParser {
  return new M3uParser(options)
}

const HASH = 0x23
const DIRECTIVE = /^#\s*(EXTINF|EXTM3U|EXTGRP|EXTVLCOPT|KODIPROP|EXTHTTP)(?![A-Za-z])\s*:?/i
/** In front of an option as on the command line of VLC, or as for one item. */
const OPTION_MARK = /^\s*(?:--?|:)\s*/
const NO_INFO: ExtInf = { durationSeconds: -1, attributes: [], name: '' }
