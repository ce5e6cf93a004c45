// C0 and C1 controls, line and paragraph separators, byte order marks, halves of surrogate pairs.
// biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern searches for them
const UNWANTED = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufeff]|\p{Surrogate}/u
/** A faster check, true for most texts. */
const PLAIN = /^[\x20-\x7e]*$/
const LINE_BREAKS_AND_TABS = /[\t\n\v\f\r\u0085\u2028\u2029]+/g
// biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern searches for them
const OTHER_UNWANTED = /[\u0000-\u001f\u007f-\u009f\ufeff]|\p{Surrogate}/gu

/**
 * Text that can stand inside one line: line breaks and tabs become a space, other control
 * characters go, the ends are trimmed. Marks of writing direction stay, Arabic and Hebrew names
 * need them.
 */
export function cleanText(text: string): string {
  if (PLAIN.test(text) || !UNWANTED.test(text)) return text.trim()
  return text.replace(LINE_BREAKS_AND_TABS, ' ').replace(OTHER_UNWANTED, '').trim()
}

/**
 * A name that can follow the comma of an `#EXTINF`: one line, without text that reads as an
 * attribute (`key="`). Other double quotes stay, because people search for the name that they see.
 */
export function cleanName(text: string): string {
  const clean = cleanText(text)
  return clean.includes('="') ? clean.replace(START_OF_ATTRIBUTE, "='") : clean
}

/** The same spaces before a key as in scanAttributes. */
const START_OF_ATTRIBUTE = /(?<=[^\t-\r \u00a0\u3000=,"'])="/g

/** At most `length` UTF-16 units, without half a surrogate pair at the end. */
export function cutText(text: string, length: number): string {
  if (text.length <= length) return text
  const last = text.charCodeAt(length - 1)
  const splitsPair = last >= 0xd800 && last <= 0xdbff
  return text.slice(0, splitsPair ? length - 1 : length).trimEnd()
}
