/** Before the root: a declaration, comments, and a document type without definitions. */
const PROLOGUE = /^\ufeff?\s*(?:<\?xml\s[^<>]*>\s*)?(?:<!--(?:[^-]|-(?!-))*-->\s*)*(?:<!DOCTYPE\s+svg\b[^<>[\]]*>\s*)?/i
const ROOT = /^(?:<!--(?:[^-]|-(?!-))*-->\s*)*<svg[\s>]/
const ACTIVE_ELEMENT = /<\s*(?:[\w-]+:)?(?:script|foreignObject|iframe|embed|object|audio|video|handler|listener)\b/i
const HANDLER = /[\s"'/]on[a-z]+\s*=/i
const DEFINITION = /<!(?:ENTITY|ELEMENT|ATTLIST|DOCTYPE\s[^<>]*\[)/i
const SCRIPT_ADDRESS = /javascript\s*:|vbscript\s*:/i
/** Only parts of the same file, and raster images inside it. */
const LINK = /\b(?:href|src)\s*=(?!\s*["'](?:#|data:image\/(?:png|jpe?g|gif|webp)[;,]|["']))/i
const STYLE_ADDRESS = /@import|\burl\s*\((?!\s*["']?#)/i

/**
 * Whether bytes are an SVG image that runs nothing and loads nothing. Browsers get it in a sandbox
 * anyway; other players have none.
 */
export function isHarmlessSvg(bytes: Buffer): boolean {
  if (!/<svg/i.test(bytes.toString('latin1', 0, 4096))) return false
  const text = bytes.toString()
  if (!ROOT.test(text.replace(PROLOGUE, ''))) return false
  return ![ACTIVE_ELEMENT, HANDLER, DEFINITION, SCRIPT_ADDRESS, LINK, STYLE_ADDRESS].some((sign) => sign.test(text))
}
