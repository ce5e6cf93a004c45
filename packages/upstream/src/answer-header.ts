/** How the body of a response ends (RFC 9112 section 6.3). */
export type BodyFraming =
  | { readonly kind: 'none' }
  | { readonly kind: 'interim' }
  | { readonly kind: 'length'; readonly bytes: number }
  | { readonly kind: 'chunked' }
  | { readonly kind: 'until-close' }

export type TidyHeader = { readonly text: string; readonly framing: BodyFraming }

type Field = { readonly name: string; value: string }

/**
 * Reads a response header as tolerantly as curl and ffmpeg do, and rewrites it so that a strict
 * parser accepts it. Tolerated: `ICY 200 OK` and other odd status lines, lines that end with LF
 * alone, folded lines, spaces around names, lines that are not fields, control characters, and
 * lengths that contradict each other or a transfer coding.
 *
 * @param text status line and fields, in Latin-1, up to the empty line
 * @returns undefined for text that does not begin with a status line
 */
export function tidyHeader(text: string): TidyHeader | undefined {
  const [statusLine = '', ...lines] = text.trim().split(/\r?\n/)
  const [, version, digits, reason = ''] = STATUS_LINE.exec(statusLine) ?? []
  if (digits === undefined) return undefined
  const status = Number(digits)
  const fields = readFields(lines)
  const framing = framingOf(status, fields)
  const kept = fields.filter(({ name }) => !FRAMING_FIELDS.has(name.toLowerCase()))
  if (framing.kind === 'chunked') kept.push({ name: 'Transfer-Encoding', value: 'chunked' })
  if (framing.kind === 'length') kept.push({ name: 'Content-Length', value: String(framing.bytes) })
  // Without a version (ICY) nothing may be assumed of the connection.
  const shownVersion = version === undefined || version === '1.0' ? '1.0' : '1.1'
  const fieldLines = kept.map(({ name, value }) => `${name}: ${value}\r\n`)
  return { text: `HTTP/${shownVersion} ${digits} ${printable(reason)}\r\n${fieldLines.join('')}\r\n`, framing }
}

const STATUS_LINE = /^(?:HTTP(?:\/(\d(?:\.\d)?))?|ICY)\s+(\d{3})(?!\d)\s*(.*)$/i
const FRAMING_FIELDS = new Set(['content-length', 'transfer-encoding'])

function readFields(lines: readonly string[]): Field[] {
  const fields: Field[] = []
  for (const line of lines) {
    const last = fields.at(-1)
    if (/^[ \t]/.test(line) && last !== undefined) {
      last.value = `${last.value} ${printable(line)}`
      continue
    }
    const colon = line.indexOf(':')
    const name = line.slice(0, Math.max(0, colon)).trim()
    // RFC 9110 section 5.6.2; a line with any other name is not a field.
    if (/^[!#$%&'*+.^_`|~0-9a-z-]+$/i.test(name)) fields.push({ name, value: printable(line.slice(colon + 1)) })
  }
  return fields
}

function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are replaced
  return text.replace(/[\u0000-\u0008\u000a-\u001f\u007f]/g, ' ').trim()
}

/** A transfer coding wins over any length; a length that is not one number is ignored. */
function framingOf(status: number, fields: readonly Field[]): BodyFraming {
  if (status === 101) return { kind: 'until-close' }
  if (status < 200) return { kind: 'interim' }
  if (status === 204 || status === 304) return { kind: 'none' }
  // `identity` beside it means nothing.
  if (valuesOf(fields, 'transfer-encoding').some((coding) => /^chunked\b/i.test(coding))) return { kind: 'chunked' }
  const lengths = new Set(valuesOf(fields, 'content-length'))
  const [length = ''] = lengths
  const bytes = lengths.size === 1 && /^\d{1,16}$/.test(length) ? Number(length) : Number.NaN
  return Number.isSafeInteger(bytes) ? { kind: 'length', bytes } : { kind: 'until-close' }
}

function valuesOf(fields: readonly Field[], wanted: string): string[] {
  return fields
    .filter(({ name }) => name.toLowerCase() === wanted)
    .flatMap(({ value }) => value.split(','))
    .map((value) => value.trim())
}
