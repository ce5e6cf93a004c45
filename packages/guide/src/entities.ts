const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' }
const ENTITY = /&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,6}));/gi
/**
 * Control characters that nobody writes: they are quotes and dashes of Windows, taken for Latin-1
 * before the text came to us.
 */
const OF_WINDOWS = /[\u0080-\u009f]/g
/** Characters that XML 1.0 does not allow, or advises against, and lone surrogates. */
const FORBIDDEN = /[^\t\n\r\u{20}-\u{7e}\u{a0}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu

/**
 * Replaces references to characters. Those of a document's own entities stay as they are: nothing
 * is expanded.
 */
export function decodeEntities(text: string): string {
  if (!text.includes('&')) return text
  return text.replace(ENTITY, (whole, decimal?: string, hex?: string, name?: string) => {
    if (name !== undefined) return NAMED[name.toLowerCase()] ?? whole
    const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal)
    return code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff) ? String.fromCodePoint(code) : whole
  })
}

/** Text as it may stand in an element or, with `"` around it, in an attribute of XML 1.0. */
export function escapeXml(text: string): string {
  if (!NEEDS_WORK.test(text)) return text
  const clean = text.replace(OF_WINDOWS, fromWindows).replace(FORBIDDEN, '')
  return clean.replace(/[&<>"]/g, (character) => ESCAPES[character] ?? character)
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
/**
 * Anything that is not plain text; quick, since it sees no pairs of surrogates. Most texts need
 * nothing.
 */
const NEEDS_WORK = /[^\t\n\r -!#-%'-;=?-~\u00a0-\ud7ff\ue000-\ufffd]/

const windows1252 = new TextDecoder('windows-1252')

function fromWindows(character: string): string {
  return windows1252.decode(Uint8Array.of(character.charCodeAt(0)))
}
