import { analyse } from 'chardet'

/** Lines that are not UTF-8 need this many bytes above ASCII before they count as evidence. */
const MIN_HIGH_BYTES = 64
const MIN_MULTI_BYTE = { highBytes: 24, confidence: 60 }
/** Share of such bytes next to another one: nearly 1 where whole words are of another script. */
const MIN_SHARE_IN_WORDS = 0.75

const MULTI_BYTE: ReadonlySet<string> = new Set(['GB18030', 'Big5', 'Shift_JIS', 'EUC-JP', 'EUC-KR'])
const OTHER_SCRIPT = /^(?:windows-125[13567]|KOI8-R|ISO-8859-[5678])$/ // Cyrillic, Greek, Hebrew, Arabic
const LATIN = 'windows-125[024]|ISO-8859-[12349]'

/**
 * The encoding of lines that are not UTF-8, or undefined without evidence. Languages of one script
 * differ in single letters only, so names of channels do not show which kind of Latin text it is.
 *
 * @param sample Lines without their endings, one after the other, each ended by a line feed.
 */
export function guessCharset(sample: Uint8Array): string | undefined {
  const words = wordsOf(sample)
  const highBytes = words.reduce((count, byte) => count + (byte >= 0x80 ? 1 : 0), 0)
  if (highBytes < MIN_MULTI_BYTE.highBytes) return undefined
  const candidates = analyse(words)
  const [best] = candidates
  if (best === undefined) return undefined
  if (MULTI_BYTE.has(best.name)) {
    return best.confidence >= MIN_MULTI_BYTE.confidence && canDecode(sample, best.name) ? best.name : undefined
  }
  if (highBytes < MIN_HIGH_BYTES || shareInWords(words, highBytes) < MIN_SHARE_IN_WORDS) return undefined
  // Whole words of bytes above ASCII are of another script, even if the statistics say Latin.
  const other = candidates.find(({ name }) => !LATIN_NAME.test(name))
  return other !== undefined && OTHER_SCRIPT.test(other.name) && canDecode(sample, other.name) ? other.name : undefined
}

const LATIN_NAME = new RegExp(`^(?:${LATIN})$`)
const SPACE = 0x20

/** Only words with bytes above ASCII: addresses and attribute names are not evidence. */
function wordsOf(sample: Uint8Array): Uint8Array {
  const words = new Uint8Array(sample.length + 1)
  let length = 0
  for (let start = 0; start < sample.length; ) {
    let end = start
    let isHigh = false
    for (; end < sample.length && sample[end]! > SPACE; end++) isHigh ||= sample[end]! >= 0x80
    if (isHigh) {
      words.set(sample.subarray(start, end), length)
      length += end - start
      words[length++] = SPACE
    }
    start = end + 1
  }
  return words.subarray(0, length)
}

function shareInWords(bytes: Uint8Array, highBytes: number): number {
  const isHigh = (at: number) => (bytes[at] ?? 0) >= 0x80
  let besideAnother = 0
  for (let at = 0; at < bytes.length; at++) if (isHigh(at) && (isHigh(at - 1) || isHigh(at + 1))) besideAnother++
  return besideAnother / highBytes
}

function canDecode(bytes: Uint8Array, label: string): boolean {
  try {
    new TextDecoder(label, { fatal: true }).decode(bytes)
    return true
  } catch {
    return false
  }
}
