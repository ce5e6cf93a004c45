import { readAttributes } from './attributes.ts'
import { MAX_LINE, MAX_LISTED, type ParsedPlaylist } from './model.ts'
import { createMasterReader } from './parse-master.ts'
import { MediaReader } from './parse-media.ts'
import { createVariableReader, type VariableSources } from './variables.ts'

/**
 * Reads a playlist. Its tags decide whether it is a master playlist, a media playlist or a list of
 * channels; unknown tags are ignored. Never throws, takes time linear in the text, and keeps a
 * bounded part of it. The caller bounds the text.
 */
export function parsePlaylist(text: string, sources: VariableSources = {}): ParsedPlaylist {
  const parser = createPlaylistParser(text, sources)
  while (!parser.advance(Number.POSITIVE_INFINITY));
  return parser.finish()
}

/** The overhead of a line, in characters. */
const LINE_COST = 50

/** The same in portions, for callers with other work to do meanwhile. */
export function createPlaylistParser(text: string, sources: VariableSources = {}) {
  const variables = createVariableReader(sources)
  const master = createMasterReader()
  const media = new MediaReader()
  const lines = linesOf(text)
  const plain: string[] = []
  let isPlaylist: boolean | undefined

  function take(line: string): void {
    if (!line.startsWith('#')) {
      const uri = variables.replaceIn(line)
      if (plain.length < MAX_LISTED) plain.push(uri)
      master.uri(uri)
      media.uri(uri)
      return
    }
    if (!line.startsWith('#EXT')) return
    const colon = line.indexOf(':')
    const tag = (colon === -1 ? line : line.slice(0, colon)).trimEnd()
    const value = colon === -1 ? '' : variables.replaceIn(line.slice(colon + 1))
    if (tag === '#EXT-X-DEFINE') variables.define(readAttributes(value))
    master.tag(tag, value)
    media.tag(tag, value)
  }

  /** Some masters have tags of media playlists; only EXTINF makes segments of addresses. */
  function isMasterAllTheSame(): boolean {
    return master.hasVariants && !media.hasDuration
  }

  return {
    /** Reads about this many more characters; true at the end of the text. */
    advance(maxLength: number): boolean {
      for (let length = 0; length < maxLength; ) {
        const { value: line, done } = lines.next()
        if (done === true || isPlaylist === false) return true
        isPlaylist ??= line.startsWith('#EXTM3U')
        if (isPlaylist) take(line)
        length += line.length + LINE_COST
      }
      return false
    },
    finish(): ParsedPlaylist {
      if (isPlaylist !== true) return { kind: 'no-playlist' }
      if (variables.isBroken) return { kind: 'refused', code: 'hls-bad-variable' }
      if (media.isMedia && !isMasterAllTheSame()) return media.finish()
      const found = master.finish(variables.variables)
      return found.kind === 'refused' && plain.length > 0 ? { kind: 'list', uris: plain } : found
    },
  }
}

/** Trimmed, without empty lines and absurdly long ones. Lines end with LF, CRLF, or CR alone. */
function* linesOf(text: string): Generator<string> {
  let start = text.startsWith('\ufeff') ? 1 : 0
  while (start < text.length) {
    LINE_END.lastIndex = start
    const end = LINE_END.exec(text)?.index ?? text.length
    if (end - start <= MAX_LINE) {
      const line = trimInvisible(text.slice(start, end))
      if (line !== '') yield line
    }
    start = end + 1
  }
}

/** Also NUL and marks without width; character by character, since a pattern would look back. */
function trimInvisible(line: string): string {
  const text = line.trim()
  let [from, to] = [0, text.length]
  while (from < to && isInvisible(text.charCodeAt(from))) from += 1
  while (to > from && isInvisible(text.charCodeAt(to - 1))) to -= 1
  return to - from === text.length ? text : text.slice(from, to).trim()
}

function isInvisible(code: number): boolean {
  return code === 0 || (code >= 0x200b && code <= 0x200f) || code === 0x2060
}

const LINE_END = /[\r\n]/g
