import { expect, test } from '@jest/globals'
import { fileFields, isContinued, oneRange, statusOf, wholeFields } from './file-fields.ts'

test.each([
  ['bytes=0-99', 'bytes=0-99', false],
  [' Bytes=5- ', 'bytes=5-', true],
  ['bytes=-500', 'bytes=-500', true],
  ['bytes=0-', 'bytes=0-', false],
  ['bytes=0-1,5-9', undefined, false],
  ['bytes=-', undefined, false],
  ['bytes=5-2', undefined, false],
  ['bytes=999999999999999999-', 'bytes=999999999999999999-', true],
  ['items=0-1', undefined, false],
  ['bytes=1-2\r\nX: y', undefined, false],
  [undefined, undefined, false],
])('the range %j is passed on as %j', (written, passed, continued) => {
  expect(oneRange(written)).toBe(passed)
  expect(isContinued(passed)).toBe(continued)
})

const headers = {
  'content-type': 'video/x-matroska',
  'content-length': '100',
  'content-range': 'bytes 0-99/5000',
  etag: '"a"',
  'last-modified': 'Mon, 30 Nov 2026 08:00:00 GMT',
  'set-cookie': ['panel=secret'],
  location: 'http://user:pass@tv.example/',
  server: 'panel 1.0',
}

test('passes on the fields that describe the file, and nothing else', () => {
  expect(fileFields({ status: 206, headers }, 'mkv')).toEqual({
    'Content-Type': 'video/x-matroska',
    'Accept-Ranges': 'bytes',
    'Cache-Control': 'no-store',
    'X-Accel-Buffering': 'no',
    'content-length': '100',
    'content-range': 'bytes 0-99/5000',
    etag: '"a"',
    'last-modified': 'Mon, 30 Nov 2026 08:00:00 GMT',
  })
})

test('takes the full length from the range', () => {
  expect(wholeFields({ status: 206, headers }, 'mkv')).toMatchObject({ 'content-length': '5000' })
  expect(wholeFields({ status: 206, headers }, 'mkv')).not.toHaveProperty('content-range')
  expect(wholeFields({ status: 200, headers: { 'content-length': '70' } }, 'mkv')).toMatchObject({
    'content-length': '70',
    'Accept-Ranges': 'none',
  })
  const unknown = { status: 206, headers: { 'content-length': '1', 'content-range': 'bytes 0-0/*' } }
  expect(wholeFields(unknown, 'mkv')).not.toHaveProperty('content-length')
})

test('a range without Content-Range does not reveal the full length', () => {
  const unsaid = { status: 206, headers: { 'content-length': '1' } }
  expect(wholeFields(unsaid, 'mkv')).not.toHaveProperty('content-length')
})

test.each([
  ['bytes 0-99/100', undefined, 200],
  [undefined, undefined, 200],
  ['bytes 0-99/5000', undefined, 206],
  ['bytes 0-99/*', undefined, 206],
  ['bytes 0-99/100', 'bytes=0-', 206],
  [undefined, 'bytes=0-', 206],
])('206 with %j for a request of %j is sent as %i', (contentRange, range, status) => {
  const answer = { status: 206, headers: { 'content-range': contentRange } }
  expect(statusOf(answer, range)).toBe(status)
  const fields = fileFields(answer, 'mkv', status)
  expect(fields['content-range']).toBe(status === 200 ? undefined : contentRange)
})

test('an answer that is compressed without request stays compressed, and says so', () => {
  const answer = { status: 200, headers: { 'content-encoding': 'gzip' } }
  expect(fileFields(answer, 'mkv')['content-encoding']).toBe('gzip')
})

test.each([
  ['application/octet-stream', 'mkv', 'video/x-matroska'],
  [undefined, 'mp4', 'video/mp4'],
  ['', 'avi', 'video/x-msvideo'],
  ['binary/octet-stream', 'xyz', 'application/octet-stream'],
  ['audio/mp4', 'mp4', 'audio/mp4'],
])('a provider that declares %j for a .%s file: %s', (written, extension, expected) => {
  const { 'Content-Type': type } = fileFields({ status: 200, headers: { 'content-type': written } }, extension)
  expect(type).toBe(expected)
})
