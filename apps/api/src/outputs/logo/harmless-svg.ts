/** Before the root: a declaration, comments, and a document type without definitions. */
const PROLOGUE = /^\ufeff?\s*(?:<\?xml\s[^<>]*>\s*)?(?:<!--(?:[^-]|-(?!-))*-->\s*)*(?:<!DOCTYPE\s+svg\b[^<>[\]]*>\s*)?/i
const ROOT = /^(?:<!--(?:[^-]|-(?!-))*-->\s*)*<svg[\s>]/
const ACTIVE_ELEMENT = /<\s*(?:[\w-]+:)?(?:script|foreignObject|iframe|embed|object|audio|video|handler|listener)\b/i
const HANDLER = /[\s"'/]on[a-z]+\s*=/i
const DEFINITION = /<!(?:ENTITY|ELEMENT|ATTLIST|DOCTYPE\s[^<>]*\[)/i
const SCRIPT_ADDRESS = /javascript\s*:|vbscript\s*:/i
/** An animation could give another address to a link that was harmless. */
const CHANGED_LINK = /\battributeName\s*=\s*["']?\s*(?:[\w-]+:)?(?:href|src|style|on\w+)\b/i
/** Addresses are checked elsewhere. */
const BASE = /\bxml:base\s*=/i
/** Only parts of the same file, and raster images inside it. */
const LINK = /\b(?:href|src)\s*=(?!\s*["'](?:#|data:image\/(?:png|jpe?g|gif|webp)[;,]|["']))/i
/** Styles that load something; a backslash could hide the word. */
const STYLE_ADDRESS = /@import|\burl\s*\((?!\s*["']?#)|\b(?:image|image-set|src)\s*\(|\\[\da-f]/i
const SIGNS = [ACTIVE_ELEMENT, HANDLER, DEFINITION, SCRIPT_ADDRESS, CHANGED_LINK, BASE, LINK, STYLE_ADDRESS]
const REFERENCE = /&#(?:x([\da-f]{1,6})|(\d{1,7}));?/gi

/**
 * Whether bytes are an SVG image that runs nothing and loads nothing. Browsers get it in a sandbox
 * anyway; other players have none.
 */
export function isHarmlessSvg(bytes: Buffer): boolean {
  if (!/<svg/i.test(bytes.toString('latin1', 0, 4096))) return false
  const text = bytes.toString()
  if (!ROOT.test(text.replace(PROLOGUE, ''))) return false
  const meant = text.replace(REFERENCE, (reference, hex?: string, decimal?: string) => {
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)
    return code <= 0x10ffff ? String.fromCodePoint(code) : reference
  })
  return !SIGNS.some((sign) => sign.test(text) || sign.test(meant))
}
