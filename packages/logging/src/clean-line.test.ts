import { describe, expect, test } from '@jest/globals'
import { createLineCleaner, MAX_LINE_BYTES } from './clean-line.ts'

const clean = createLineCleaner({ secrets: ['s3cret'], redactUrl: () => '[address "hidden"]' })
const cleanText = (msg: string): string =>
  (JSON.parse(clean(`${JSON.stringify({ msg })}\n`)) as { readonly msg: string }).msg

test.each([
  ['opened http://tv.example/live/u/p/1.ts.', 'opened [address "hidden"]'],
  ['a http://x/1 b HTTPS://y/2 c', 'a [address "hidden"] b [address "hidden"] c'],
  ['"http://x/p" failed', '"[address "hidden"] failed'],
  ['http://x/a"b\\c/p', '[address "hidden"]'],
  ['http://x/p\n    at file:///app/main.ts:1:2', '[address "hidden"]\n    at file:///app/main.ts:1:2'],
  ['<http://x/p>', '<[address "hidden"]>'],
  ['redis://:p@host:6379', '[address "hidden"]'],
  ['at 12:30 // nothing', 'at 12:30 // nothing'],
  ['key=s3cret;', 'key=***;'],
  ['file:///app/s3cret/x', 'file:///app/***/x'],
])('%j is written as %j', (text, written) => {
  expect(cleanText(text)).toBe(written)
})

test('removes secrets from keys and at any depth', () => {
  const line = clean(JSON.stringify({ s3cret: 1, a: [{ b: 'x-s3cret-y', c: { 'http://h/p': null } }] }))
  expect(line).not.toMatch(/s3cret|h\/p/)
  expect(() => JSON.parse(line)).not.toThrow()
})

test('keeps a line one line, even with hostile content', () => {
  const hostile = Array.from({ length: 0x100 }, (_, code) => String.fromCharCode(code))
    .concat('\u2028\u2029\u202e\u2066\u{e0041}')
    .join('')
  const line = clean(`${JSON.stringify({ msg: hostile })}\n`)
  expect(line.slice(0, -1)).not.toMatch(/\p{Cc}|\p{Cf}|\u2028|\u2029/u)
  expect(line.endsWith('}\n')).toBe(true)
  expect(JSON.parse(line)).toEqual({ msg: hostile })
})

describe('a line that is too long', () => {
  const fields = { level: 'ERROR', time: '2026-01-01T00:00:00.000Z' }

  test.each([
    ['one long text', { ...fields, msg: 'x'.repeat(100_000) }],
    ['wide characters', { ...fields, msg: '☃'.repeat(50_000) }],
    ['quotes', { ...fields, msg: '"'.repeat(50_000) }],
    ['many texts', { ...fields, all: Array.from({ length: 500 }, () => 'y'.repeat(500)), msg: 'short' }],
    [
      'many fields',
      { ...fields, all: Object.fromEntries(Array.from({ length: 9_000 }, (_, n) => [`k${n}`, n])), msg: 'm' },
    ],
    ['long keys', { ...fields, ['k'.repeat(20_000)]: 1, msg: 'm' }],
    ['invisible characters', { ...fields, msg: '\u202e'.repeat(20_000) }],
    ['half characters', { ...fields, msg: '😀'.repeat(9_000) }],
  ])('%s: is shortened to valid JSON, and says so', (_name, long) => {
    const line = clean(`${JSON.stringify(long)}\n`)
    expect(Buffer.byteLength(line)).toBeLessThanOrEqual(MAX_LINE_BYTES)
    expect(JSON.parse(line)).toMatchObject({ ...fields, shortened: true, msg: expect.any(String) })
  })

  test('is cleaned before it is cut, so that no half of a secret stays', () => {
    for (let at = 1_990; at < 2_003; at += 1) {
      expect(clean(JSON.stringify({ msg: `${'x'.repeat(at)}s3cret${'y'.repeat(9_000)}` }))).not.toContain('s3')
    }
  })
})
