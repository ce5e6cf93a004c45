/**
 * The meaning of a failure for the choice of the next stream.
 * - `busy`: all connections of the account are in use, or not yet freed
 * - `gone`: this stream no longer exists
 * - `denied`: the account, the address or the headers are refused; asking again soon does harm
 * - `unreached`: no answer from the server: no route, no name, no connection, or a reset before an
 *   answer; the fault may be the route of this machine alone
 * - `passing`: may work on the next attempt
 * - `not-media`: something answered, but nothing that can be played
 * - `finished`: all of it has been sent: a VOD, not a live stream
 * - `blocked`: refused by our own policy; no byte was sent to the target
 */
export type FailureClass = 'busy' | 'gone' | 'denied' | 'unreached' | 'passing' | 'not-media' | 'finished' | 'blocked'

export type Failure = { readonly class: FailureClass; readonly code: FailureCode }

export type FailureCode = keyof typeof CLASS_OF_CODE

/**
 * Every code this package reports, with its class. Codes are stable: metrics, logs and answers show
 * them.
 */
export const CLASS_OF_CODE = {
  'limit-reached': 'busy',
  'too-many-requests': 'busy',
  'not-found': 'gone',
  removed: 'gone',
  loop: 'gone',
  unauthorized: 'denied',
  forbidden: 'denied',
  'account-refused': 'denied',
  'headers-refused': 'denied',
  'fingerprint-refused': 'denied',
  refused: 'denied',
  'too-many-redirects': 'denied',
  'provider-error': 'passing',
  'provider-timeout': 'passing',
  unavailable: 'passing',
  'connection-refused': 'unreached',
  'connection-reset': 'unreached',
  'connect-timeout': 'unreached',
  'response-timeout': 'unreached',
  unreachable: 'unreached',
  'no-resources': 'unreached',
  'dns-not-found': 'unreached',
  'dns-failed': 'unreached',
  'tls-failed': 'unreached',
  'cut-off': 'passing',
  'idle-timeout': 'passing',
  'total-timeout': 'passing',
  aborted: 'passing',
  failed: 'passing',
  'hls-empty': 'passing',
  'hls-stalled': 'passing',
  'hls-segments-missing': 'passing',
  'ffmpeg-failed': 'passing',
  'hls-finished': 'finished',
  'single-file': 'finished',
  'hls-no-playlist': 'not-media',
  'hls-no-variant': 'not-media',
  'hls-bad-variable': 'not-media',
  'hls-encryption': 'not-media',
  'hls-bad-key': 'not-media',
  'hls-bad-range': 'not-media',
  'hls-audio-needs-ffmpeg': 'not-media',
  'hls-audio-untimed': 'not-media',
  'needs-ffmpeg': 'not-media',
  'not-http': 'not-media',
  'headers-too-large': 'not-media',
  'bad-redirect': 'not-media',
  'empty-answer': 'not-media',
  'partial-answer': 'not-media',
  'unexpected-answer': 'not-media',
  'broken-gzip': 'not-media',
  'unsupported-encoding': 'not-media',
  'too-large': 'not-media',
  'inflates-too-much': 'not-media',
  'bad-url': 'blocked',
  'blocked-scheme': 'blocked',
  'blocked-port': 'blocked',
  'blocked-address': 'blocked',
  'tls-untrusted': 'blocked',
} as const satisfies Record<string, FailureClass>

/**
 * The meaning of an HTTP status that is not a success, or of the `code` of an error of Node.
 * Numbers that providers invented are hints, not facts; those marked *unverified* were reported
 * without a witness.
 */
export function classifyFailure(fact: { readonly status: number } | { readonly errorCode: string }): Failure {
  const code = 'status' in fact ? codeOfStatus(fact.status) : codeOfError(fact.errorCode)
  return { class: CLASS_OF_CODE[code], code }
}

/**
 * Whether the provider may have counted a connection that failed with this code, and perhaps still
 * does: it had answered, or may have. Codes of other packages refer to connections that were open.
 */
export function mayHaveCounted(code: string): boolean {
  return !Object.hasOwn(CLASS_OF_CODE, code) || COUNTED.has(code as FailureCode)
}

const COUNTED = new Set<FailureCode>([
  'connection-reset',
  'response-timeout',
  'cut-off',
  'idle-timeout',
  'total-timeout',
  'aborted',
  'failed',
  'not-http',
])

function codeOfStatus(status: number): FailureCode {
  const known = CODE_OF_STATUS[status]
  if (known !== undefined) return known
  if (status >= 500) return 'provider-error'
  return status >= 400 ? 'refused' : 'unexpected-answer'
}

const CODE_OF_STATUS: Readonly<Record<number, FailureCode>> = {
  204: 'empty-answer',
  205: 'empty-answer',
  206: 'partial-answer',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not-found',
  406: 'headers-refused',
  408: 'provider-timeout',
  410: 'removed',
  429: 'too-many-requests',
  454: 'account-refused',
  456: 'limit-reached', // unverified
  458: 'limit-reached', // unverified
  503: 'unavailable',
  504: 'provider-timeout',
  508: 'loop',
  509: 'limit-reached',
  511: 'limit-reached', // unverified
  555: 'fingerprint-refused',
}

function codeOfError(errorCode: string): FailureCode {
  if (Object.hasOwn(CODE_OF_ERROR, errorCode)) return CODE_OF_ERROR[errorCode]!
  if (Object.hasOwn(CLASS_OF_CODE, errorCode)) return errorCode as FailureCode
  if (errorCode.startsWith('HPE_')) return 'not-http'
  if (/^(ERR__ERROR_FORMAT|ERR_BROTLI|ZSTD_error)/.test(errorCode)) return 'broken-gzip'
  if (/^(ERR_SSL_|ERR_TLS_|ERR_OSSL_)/.test(errorCode)) return 'tls-failed'
  if (/CERT|SELF_SIGNED|UNABLE_TO_(GET|VERIFY|DECRYPT|DECODE)|INVALID_(CA|PURPOSE)/.test(errorCode)) {
    return 'tls-untrusted'
  }
  return 'failed'
}

const CODE_OF_ERROR: Readonly<Record<string, FailureCode>> = {
  ECONNREFUSED: 'connection-refused',
  ECONNRESET: 'connection-reset',
  ECONNABORTED: 'connection-reset',
  EPIPE: 'connection-reset',
  ERR_STREAM_PREMATURE_CLOSE: 'cut-off',
  ERR_HTTP_CONTENT_LENGTH_MISMATCH: 'cut-off',
  ETIMEDOUT: 'connect-timeout',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  EHOSTDOWN: 'unreachable',
  ENETDOWN: 'unreachable',
  EADDRNOTAVAIL: 'unreachable',
  EAFNOSUPPORT: 'unreachable',
  EACCES: 'unreachable',
  EPERM: 'unreachable',
  EMFILE: 'no-resources',
  ENFILE: 'no-resources',
  ENOBUFS: 'no-resources',
  ENOMEM: 'no-resources',
  ENOTFOUND: 'dns-not-found',
  EAI_AGAIN: 'dns-failed',
  EAI_FAIL: 'dns-failed',
  EAI_NODATA: 'dns-not-found',
  EPROTO: 'tls-failed',
  ERR_TLS_CERT_ALTNAME_INVALID: 'tls-untrusted',
  CERT_HAS_EXPIRED: 'tls-untrusted',
  HPE_HEADER_OVERFLOW: 'headers-too-large',
  HPE_INVALID_CHUNK_SIZE: 'cut-off',
  HPE_CLOSED_CONNECTION: 'cut-off',
  Z_BUF_ERROR: 'cut-off',
  Z_DATA_ERROR: 'broken-gzip',
}
