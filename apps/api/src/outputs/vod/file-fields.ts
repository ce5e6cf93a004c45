import type { OpenedFile } from '@kptv/upstream'

type Answer = Pick<OpenedFile, 'status' | 'headers'>
type Fields = Readonly<Record<string, string>>

const PASSED_ON = ['content-length', 'content-range', 'content-encoding', 'etag', 'last-modified'] as const
/** The first byte, the last one and the length, where it says them. */
const CONTENT_RANGE = /^bytes (\d+)-(\d+)\/(\d+|\*)$/i
const MEDIA_TYPE = /^(?:video|audio)\/[\w.+-]+$/i
const TYPES: Fields = {
  mp4: 'video/mp4',
  m4v: 'video/mp4',
  mkv: 'video/x-matroska',
  avi: 'video/x-msvideo',
  mov: 'video/quicktime',
  wmv: 'video/x-ms-wmv',
  webm: 'video/webm',
}

/**
 * The one range of a request that is passed on. Several at once are answered with all of the file,
 * as RFC 9110 section 14.2 allows.
 */
export function oneRange(written: string | undefined): string | undefined {
  const range = written?.trim().toLowerCase()
  const [, first = '', last = ''] = /^bytes=(\d{0,18})-(\d{0,18})$/.exec(range ?? '') ?? []
  const isBackwards = first !== '' && last !== '' && BigInt(last) < BigInt(first)
  return (first === '' && last === '') || isBackwards ? undefined : range
}

/** Some providers send what was not asked for as a range, which is all of the file then. */
export function statusOf({ status, headers }: Answer, range: string | undefined): number {
  const [, first, last, total] = CONTENT_RANGE.exec(headers['content-range'] ?? '') ?? []
  const isWhole = first === '0' && Number(last) + 1 === Number(total)
  return status === 206 && range === undefined && (isWhole || first === undefined) ? 200 : status
}

/** Whether a request continues within a file, rather than starting it. */
export function isContinued(range: string | undefined): boolean {
  return range !== undefined && !range.startsWith('bytes=0-')
}

/**
 * The fields of our answer: what the provider says about the file, never its address, cookies or
 * anything else.
 *
 * @param extension of the file's address; its type, where the provider does not know it
 */
export function fileFields({ status, headers }: Answer, extension: string, sentStatus = status): Fields {
  const written = headers['content-type'] ?? ''
  const takesRanges = status === 206 || /\bbytes\b/i.test(headers['accept-ranges'] ?? '')
  const fields: Record<string, string> = {
    'Content-Type': MEDIA_TYPE.test(written) ? written : (TYPES[extension] ?? 'application/octet-stream'),
    'Accept-Ranges': takesRanges ? 'bytes' : 'none',
    'Cache-Control': 'no-store',
    'X-Accel-Buffering': 'no',
  }
  for (const name of PASSED_ON) {
    const value = name === 'content-range' && sentStatus === 200 ? undefined : headers[name]
    if (value !== undefined) fields[name] = value
  }
  return fields
}

/** The fields of the whole file, from an answer to a request for it or for a range of it. */
export function wholeFields(answer: Answer, extension: string): Fields {
  const { 'content-range': range, 'content-length': length, ...fields } = fileFields(answer, extension)
  const total = answer.status === 206 ? /\/(\d+)$/.exec(range ?? '')?.[1] : length
  return total === undefined ? fields : { ...fields, 'content-length': total }
}
