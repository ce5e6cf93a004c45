import { expect, test } from '@jest/globals'
import { CLASS_OF_CODE, classifyFailure, mayHaveCounted } from './classify-failure.ts'

test.each([
  [204, 'not-media', 'empty-answer'],
  [206, 'not-media', 'partial-answer'],
  [304, 'not-media', 'unexpected-answer'],
  [400, 'denied', 'refused'],
  [401, 'denied', 'unauthorized'],
  [403, 'denied', 'forbidden'],
  [404, 'gone', 'not-found'],
  [405, 'denied', 'refused'],
  [406, 'denied', 'headers-refused'],
  [410, 'gone', 'removed'],
  [429, 'busy', 'too-many-requests'],
  [454, 'denied', 'account-refused'],
  [456, 'busy', 'limit-reached'],
  [458, 'busy', 'limit-reached'],
  [499, 'denied', 'refused'],
  [500, 'passing', 'provider-error'],
  [502, 'passing', 'provider-error'],
  [503, 'passing', 'unavailable'],
  [504, 'passing', 'provider-timeout'],
  [509, 'busy', 'limit-reached'],
  [511, 'busy', 'limit-reached'],
  [521, 'passing', 'provider-error'],
  [555, 'denied', 'fingerprint-refused'],
  [999, 'passing', 'provider-error'],
])('status %i is %s (%s)', (status, failureClass, code) => {
  expect(classifyFailure({ status })).toEqual({ class: failureClass, code })
})

test.each([
  ['ECONNRESET', 'unreached', 'connection-reset'],
  ['EPIPE', 'unreached', 'connection-reset'],
  ['ECONNREFUSED', 'unreached', 'connection-refused'],
  ['ETIMEDOUT', 'unreached', 'connect-timeout'],
  ['EHOSTUNREACH', 'unreached', 'unreachable'],
  ['ENETUNREACH', 'unreached', 'unreachable'],
  ['EACCES', 'unreached', 'unreachable'],
  ['EPERM', 'unreached', 'unreachable'],
  ['EMFILE', 'unreached', 'no-resources'],
  ['ENOBUFS', 'unreached', 'no-resources'],
  ['ENOTFOUND', 'unreached', 'dns-not-found'],
  ['EAI_AGAIN', 'unreached', 'dns-failed'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'blocked', 'tls-untrusted'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'blocked', 'tls-untrusted'],
  ['CERT_HAS_EXPIRED', 'blocked', 'tls-untrusted'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'blocked', 'tls-untrusted'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'blocked', 'tls-untrusted'],
  ['ERR_SSL_UNSUPPORTED_PROTOCOL', 'unreached', 'tls-failed'],
  ['EPROTO', 'unreached', 'tls-failed'],
  ['HPE_INVALID_CONSTANT', 'not-media', 'not-http'],
  ['HPE_HEADER_OVERFLOW', 'not-media', 'headers-too-large'],
  ['HPE_INVALID_CHUNK_SIZE', 'passing', 'cut-off'],
  ['Z_BUF_ERROR', 'passing', 'cut-off'],
  ['Z_DATA_ERROR', 'not-media', 'broken-gzip'],
  ['ERR__ERROR_FORMAT_PADDING_1', 'not-media', 'broken-gzip'],
  ['ZSTD_error_prefix_unknown', 'not-media', 'broken-gzip'],
  ['blocked-address', 'blocked', 'blocked-address'],
  ['SOMETHING_NEW', 'passing', 'failed'],
  ['toString', 'passing', 'failed'],
  ['__proto__', 'passing', 'failed'],
])('error %s is %s (%s)', (errorCode, failureClass, code) => {
  expect(classifyFailure({ errorCode })).toEqual({ class: failureClass, code })
})

test('each code leads to itself, so that it can be stored and read again', () => {
  for (const [code, failureClass] of Object.entries(CLASS_OF_CODE)) {
    expect(classifyFailure({ errorCode: code })).toEqual({ class: failureClass, code })
  }
})

test.each([
  ['forbidden', false],
  ['limit-reached', false],
  ['not-found', false],
  ['provider-error', false],
  ['connection-refused', false],
  ['connect-timeout', false],
  ['blocked-address', false],
  ['response-timeout', true],
  ['aborted', true],
  ['connection-reset', true],
  ['cut-off', true],
  // Codes of readers of the stream: it was open.
  ['stalled', true],
  ['content-html', true],
])('after %s the provider may have counted the connection: %s', (code, expected) => {
  expect(mayHaveCounted(code)).toBe(expected)
})
