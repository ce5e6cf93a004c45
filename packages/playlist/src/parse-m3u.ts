import { attributeValue } from './attributes.ts'
import { cleanName, cleanText, cutText } from './clean-text.ts'
import { isOwnStream, readEntryUrl } from './entry-url.ts'
import { createForeignBodyDetector } from './foreign-body.ts'
import { DEFAULT_LIMITS, type Limits } from './limits.ts'
import { createLineSplitter } from './line-splitter.ts'
import type { Attributes, Entry, NotAPlaylist, PlaylistHeader, SkipReason } from './model.ts'
import { type ExtInf, parseExtInf } from './parse-extinf.ts'
import { createHeaderReader } from './playlist-header.ts'
import { createHeaderCollector } from './request-headers.ts'
import { createSkipLog, type SkipLog } from './skip-log.ts'
import { createEncodingReader } from './text-decoder.ts'
import { hasVisibleText, nameFromUrl } from './unnamed-entry.ts'

export type M3uParser = {
  /** Takes the next bytes, cut anywhere, and answers the entries that they complete. */
  push(bytes: Uint8Array): Entry[]
  /**
   * Ends the list. Pass `complete: false` when the transfer was cut off: a last line without ending is then dropped,
   * because half a URL looks like a whole one.
   */
  end(options?: { complete?: boolean }): Entry[]
  readonly header: PlaylistHeader
  /** Whether there was an `#EXTM3U` line. Lists without one are read all the same. */
  readonly hasHeader: boolean
  /** What was left out: all counted, the first few with their line. */
  readonly skipped: SkipLog
  /** Why the body is not a list of channels; final after `end()`. */
  readonly notAPlaylist: NotAPlaylist | undefined
}

/**
 * Bytes of an M3U list in, entries out, in one pass and bounded memory. Takes any bytes and never throws: what cannot be
 * read is skipped and counted, and the next line starts afresh.
 *
 * `baseUrl` is where the list came from (after redirects); without it relative addresses are skipped. `ownBase` is what our own links begin with: entries
 * that point at them are skipped, they would be played for ever from themselves.
 */
export function createM3uParser(
  options: { limits?: Partial<Limits>; baseUrl?: string; ownBase?: string | undefined } = {},
): M3uParser {
  const limits = { ...DEFAULT_LIMITS, ...options.limits }
  const encoding = createEncodingReader()
  const splitter = createLineSplitter(limits.lineBytes)
  const foreign = createForeignBodyDetector()
  const header = createHeaderReader(limits)
  const headers = createHeaderCollector()
  const skipped = createSkipLog(limits.rememberedSkips)

  let entries: Entry[] = []
  let entryCount = 0
  let line = 0
  let sawDirective = false
  let hasHeader = false
  let pending: { info: ExtInf; line: number } | undefined
  /** `#EXTGRP` holds until it is changed or emptied, as in Kodi. */
  let group = ''

  return {
    push(bytes) {
      splitter.push(encoding.push(bytes), readLine)
      return takeEntries()
    },
    end({ complete = true } = {}) {
      splitter.push(encoding.end(), readLine)
      splitter.end((text) => {
        if (complete) readLine(text)
        else skipped.add('truncated', ++line)
      })
      if (pending) skipped.add(complete ? 'entry-without-url' : 'truncated', pending.line)
      pending = undefined
      foreign.end(sawDirective || entryCount > 0)
      return takeEntries()
    },
    header: header.result,
    get hasHeader() {
      return hasHeader
    },
    skipped,
    get notAPlaylist() {
      return foreign.verdict
    },
  }

  function readLine(raw: string | undefined): void {
    line++
    if (raw === undefined) {
      foreign.sawLongLine()
      skip('line-too-long')
      return
    }
    const text = raw.trim() // takes byte order marks and stray NBSP at the ends too
    if (text === '' || foreign.isForeign(text)) return
    if (text.charCodeAt(0) === HASH) readDirective(text)
    else readUrl(text)
  }

  function readDirective(text: string): void {
    const match = DIRECTIVE.exec(text)
    if (!match) return
    const rest = text.slice(match[0].length)
    switch (match[1]!.toUpperCase()) {
      case 'EXTINF':
        startEntry(rest)
        break
      case 'EXTM3U':
        sawDirective = true
        hasHeader = true
        header.read(rest, skip)
        break
      case 'EXTGRP':
        group = cleanText(rest).slice(0, limits.attributeValueLength)
        break
      case 'EXTVLCOPT':
        if (!headers.addOption(rest)) skip('header-refused')
        break
      case 'KODIPROP':
        if (!headers.addProperty(rest)) skip('header-refused')
        break
      case 'EXTHTTP':
        if (!headers.addJson(rest)) skip('header-refused')
        break
    }
  }

  function startEntry(text: string): void {
    sawDirective = true
    if (pending) {
      skipped.add('entry-without-url', pending.line)
      headers.take() // they may belong to the entry that is lost, and may be secret
    }
    pending = { info: parseExtInf(text, skip, limits), line }
  }

  function readUrl(text: string): void {
    const found = readEntryUrl(text, sawDirective ? options.baseUrl : undefined)
    const isOwn = 'url' in found && isOwnStream(found.url, options.ownBase)
    const read = isOwn ? OWN_STREAM : found
    if ('skip' in read) {
      if (read.skip === 'garbage' && pending) return // the entry's address may still come; if not, that is counted
      skip(read.skip)
      pending = undefined
      headers.take()
      return
    }
    if (read.headerQuery !== '' && !headers.addQuery(read.headerQuery)) skip('header-refused')
    const { info, line: startLine } = pending ?? { info: NO_INFO, line }
    if (!headers.addAttributes(info.attributes)) skip('header-refused')
    pending = undefined
    const entryHeaders = headers.take()
    if (entryCount >= limits.entries) {
      skip('entry-limit')
      return
    }
    entryCount++
    entries.push({
      name: nameOf(info, read.url),
      url: read.url,
      attributes: withGroup(info.attributes),
      headers: entryHeaders,
      durationSeconds: info.durationSeconds,
      line: startLine,
    })
  }

  function nameOf(info: ExtInf, url: string): string {
    if (hasVisibleText(info.name)) return info.name
    const tvgName = cutText(cleanName(attributeValue(info.attributes, 'tvg-name') ?? ''), limits.nameLength)
    return hasVisibleText(tvgName) ? tvgName : nameFromUrl(url)
  }

  function withGroup(attributes: Attributes): Attributes {
    if (group === '' || attributeValue(attributes, 'group-title')) return attributes
    const others = attributes.filter(([key]) => attributeValue([[key, '']], 'group-title') === undefined)
    return [...others, ['group-title', group]]
  }

  function skip(reason: SkipReason): void {
    skipped.add(reason, line)
  }

  function takeEntries(): Entry[] {
    const taken = entries
    entries = []
    return taken
  }
}

const HASH = 0x23
const OWN_STREAM = { skip: 'own-stream' } as const
const DIRECTIVE = /^#\s*(EXTINF|EXTM3U|EXTGRP|EXTVLCOPT|KODIPROP|EXTHTTP)(?![A-Za-z])\s*:?/i
const NO_INFO: ExtInf = { durationSeconds: -1, attributes: [], name: '' }
