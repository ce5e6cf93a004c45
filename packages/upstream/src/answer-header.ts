/** How the body of a response ends (RFC 9112 section 6.3). */
export type BodyFraming =
  | { readonly kind: 'none' }
  | { readonly kind: 'interim' }
  | { readonly kind: 'length'; readonly bytes: number }
  | { readonly kind: 'chunked' }
  | { readonly kind: 'until-close' }

type TidyHeader = { readonly text: string; readonly framing: BodyFraming }

type Field = { readonly name: string; value: string }

/**
 * Reads a response header as tolerantly as curl and ffmpeg do, and rewrites it so that a strict
 * parser accepts it. Tolerated: `ICY 200 OK` and other odd status lines, or none, lines that end
 * with LF alone, folded lines, spaces around names, lines that are not fields, control characters,
 * and lengths that contradict each other or a transfer coding.
 *
 * @param text status line and fields, in Latin-1, up to the empty line
 * @returns undefined for text that does not start with a status line or a field
 */
export function tidyHeader(text: string): TidyHeader | undefined {
  const lines = text.replace(MARKS_IN_FRONT, '').trim().split(/\r*\n/)
  const first = readStatusLine(lines[0] ?? '')
  if (first === undefined) return undefined
  const { version, reason } = first
  const fields = readFields(first.isField ? lines : lines.slice(1))
  const status = statusOf(first.digits ?? statusField(fields))
  const framing = framingOf(status, fields)
  const kept = fields.filter(({ name }) => !FRAMING_FIELDS.has(name.toLowerCase()))
  if (framing.kind === 'chunked') kept.push({ name: 'Transfer-Encoding', value: 'chunked' })
  if (framing.kind === 'length') kept.push({ name: 'Content-Length', value: String(framing.bytes) })
  // Without a version (ICY) nothing may be assumed of the connection.
  const shownVersion = version === undefined || version === '1.0' ? '1.0' : '1.1'
  const fieldLines = kept.map(({ name, value }) => `${name}: ${value}\r\n`)
  return { text: `HTTP/${shownVersion} ${status} ${printable(reason)}\r\n${fieldLines.join('')}\r\n`, framing }
}

/** A byte order mark, in Latin-1. */
const MARKS_IN_FRONT = /^\s*(?:\xef\xbb\xbf)?/
const FRAMING_FIELDS = new Set(['content-length', 'transfer-encoding'])

type StatusLine = {
  readonly version?: string | undefined
  /** Undefined: no line says so, which is a success. */
  readonly digits: string | undefined
  readonly reason: string
  /** The answer starts with its fields, as a script gives them to a server. */
  readonly isField: boolean
}

function readStatusLine(line: string): StatusLine | undefined {
  const [, protocol = '', rest = ''] = /^(HTTP|ICY)(?![a-z])(.*)$/is.exec(line) ?? []
  if (protocol !== '') {
    const [, version, digits, reason = ''] = /^(?:\/(\d+(?:\.\d+)?))?\s+0*(\d{3})(?!\d)(.*)$/s.exec(rest) ?? []
    if (digits !== undefined) return { version, digits, reason, isField: false }
    const [, odd] = /[\s:](\d{3})(?!\d)/.exec(rest) ?? []
    return { digits: odd, reason: '', isField: false }
  }
  const [, digits, reason = ''] = /^[a-z][\w/.-]*\s+(\d{3})(?!\d)(.*)$/is.exec(line) ?? []
  if (digits !== undefined) return { digits, reason, isField: false }
  return /^[a-z][\w-]*:/i.test(line) ? { digits: undefined, reason: '', isField: true } : undefined
}

/** What follows a switch of protocols that nobody asked for, or no known status, is the body. */
function statusOf(digits: string): number {
  const status = Number(digits)
  return status === 101 || status < 100 ? 200 : status
}

function statusField(fields: readonly Field[]): string {
  return /^\d{3}(?!\d)/.exec(valuesOf(fields, 'status')[0] ?? '')?.[0] ?? '200'
}

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
