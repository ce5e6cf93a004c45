/** From a name to the key of its channel: see {@link channelKey}. */
export type ChannelKey = (name: string) => string

/**
 * `channelKey` that also leaves out tags such as `HD` or `4K`, so that `TBS`, `TBS HD` and `[FHD]
 * TBS` are one channel. A tag counts only as a separate word, bare or in brackets; `TBSHD` and
 * `HD+1` keep it. A name made only of tags stays as it is.
 *
 * @param tags As people write them, in any case; none: `channelKey` itself.
 */
export function createChannelKey(tags: readonly string[]): ChannelKey {
  const keys = tags.map(channelKey).filter((tag) => tag !== '')
  if (keys.length === 0) return channelKey
  const longestFirst = [...new Set(keys)].sort(
    (first, second) => second.length - first.length || (first < second ? -1 : 1),
  )
  const tag = longestFirst.map((text) => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')).join('|')
  const tagAsWord = new RegExp(`(?<=^| )(?:${tag}|\\((?:${tag})\\)|\\[(?:${tag})\\])(?= |$)`, 'gu')
  return (name) => {
    const key = channelKey(name)
    const stripped = collapseSpaces(key.replace(tagAsWord, ''))
    return stripped === '' ? key : stripped
  }
}

/**
 * The normalised name: entries with the same key are the same channel, in all sources.
 *
 * These make no difference: Unicode forms (NFKC), upper and lower case, amount and kind of space,
 * invisible characters. Nothing is guessed: `TBS`, `TBS West`, `TBS +1` and `TBS HD` are four
 * channels. NFKC also replaces styled characters by plain ones, so `ᴴᴰ` is `HD`, `Canal+²` is
 * `Canal+2` and `Fox™` is `FoxTM`. The Turkish I is one letter with and without its dot: lists
 * write `İSTANBUL`, `ISTANBUL` and `istanbul` for one channel.
 */
export function channelKey(name: string): string {
  if (PLAIN.test(name)) return collapseSpaces(name.toLowerCase())
  // By way of upper case, which joins letters that lower case alone keeps apart: ß and ss, the two
  // forms of sigma.
  const folded = visible(name.normalize('NFKC')).toLowerCase().toUpperCase().toLowerCase().normalize('NFKC')
  return collapseSpaces(visible(folded).replaceAll(DOTTED_I, 'i'))
}

const PLAIN = /^[\x20-\x7e]*$/
/** The lower case of `İ`. */
const DOTTED_I = 'i\u0307'

function visible(text: string): string {
  return text.replace(INVISIBLE, '$1')
}

function collapseSpaces(text: string): string {
  return UNEVEN_SPACES.test(text) ? text.replace(/\s+/gu, ' ').trim() : text
}

const UNEVEN_SPACES = /^\s|\s$|\s\s|[^\S ]/

/**
 * Control characters and others that are invisible by definition (variation selectors, direction
 * marks, joiners, fillers). The tags after a black flag stay: they alone distinguish England's from
 * Scotland's.
 */
const INVISIBLE =
  /(\u{1F3F4}[\u{E0030}-\u{E0039}\u{E0061}-\u{E007A}]+\u{E007F})|(?![\t-\r\u0085])[\p{Cc}\p{Cs}\p{Default_Ignorable_Code_Point}\u2800\ufff9-\ufffb]/gu
