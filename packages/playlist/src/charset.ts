/**
 * Text encodings, by the labels of the Encoding Standard and their usual other spellings. The
 * operator, the list itself or the `Content-Type` of the response declares the encoding of a list;
 * otherwise see guess-charset.ts.
 */

/** Label of an encoding → its name, or undefined for an unknown label. */
export function charsetOf(label: string): string | undefined {
  const plain = label
    .trim()
    .replace(/^["']|["';]+$/g, '')
    .toLowerCase()
  const usual = OTHER_LABELS.get(plain) ?? plain.replace(/^(?:win|windows)[-_ ]?(?=125\d$)/, 'windows-')
  try {
    const { encoding } = new TextDecoder(usual)
    return UNUSABLE.has(encoding) ? undefined : encoding
  } catch {
    return undefined
  }
}

/**
 * The encoding in a `Content-Type`. `undefined` also for values that servers send by default, which
 * mean nothing.
 */
export function charsetOfContentType(contentType: string | undefined): string | undefined {
  const label = /;\s*charset\s*=\s*("[^"]*"|[^\s;]+)/i.exec(contentType ?? '')?.[1]
  const charset = label === undefined ? undefined : charsetOf(label)
  return charset === FALLBACK_CHARSET && !/125/.test(label ?? '') ? undefined : charset
}

/**
 * The encoding in a comment of the list: `#EXTENC:windows-1251`, `#CHARSET=…`, `# -*- coding:
 * cp1251 -*-`.
 */
export function charsetInComment(line: string): string | undefined {
  const label = IN_COMMENT.exec(line)?.[1]
  return label === undefined ? undefined : charsetOf(label)
}

/** Latin-1 as browsers read it: for lines that are not UTF-8, unless another encoding is known. */
export const FALLBACK_CHARSET = 'windows-1252'

const IN_COMMENT =
  /^#\s*(?:EXT-?(?:X-)?(?:ENC|ENCODING|CHARSET)|ENCODING|CHARSET|-\*-\s*(?:coding|encoding))\s*[:=]\s*([\w:.-]+)/i
const OTHER_LABELS: ReadonlyMap<string, string> = new Map([
  ['cp932', 'shift_jis'],
  ['cp936', 'gbk'],
  ['cp949', 'euc-kr'],
  ['cp950', 'big5'],
  ['koi8', 'koi8-r'],
  ['latin-1', 'windows-1252'],
])
/** Labels of the standard that are not text encodings. */
const UNUSABLE: ReadonlySet<string> = new Set(['replacement', 'x-user-defined'])
