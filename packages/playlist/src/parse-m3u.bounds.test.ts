import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { createM3uParser } from './parse-m3u.ts'

/** Other bytes in every run. */
const LISTS = process.env.TEST_LENGTH === 'long' ? 20_000 : 500

type Options = Parameters<typeof createM3uParser>[0]

/** Feeds the bytes cut at the given places and returns everything observable. */
function parseInPieces(bytes: Uint8Array, cuts: readonly number[], options?: Options) {
  const parser = createM3uParser(options)
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((first, second) => first - second)
  const entries = []
  let start = 0
  for (const place of [...places, bytes.length]) {
    const piece = bytes.slice(start, place)
    entries.push(...parser.push(piece))
    piece.fill(0x58) // the caller may reuse its buffer
    start = place
  }
  entries.push(...parser.end())
  const { header, skipped, notAPlaylist } = parser
  return { entries, header, notAPlaylist, skipped: { ...skipped.byReason }, first: [...skipped.first] }
}

const piecesOfLists = fc.constantFrom(
  ...[
    '#EXTM3U',
    '#EXTINF:-1',
    '#EXTGRP:G',
    '#EXTVLCOPT:http-user-agent=x',
    '#EXTHTTP:{"Cookie":"c"}',
    '#EXT-X-TARGETDURATION:6',
  ],
  ...[' tvg-id="x"', ' a=', "'", '"', ',', '=', ' ', 'Name', 'é', '電視', '📺', '\u00a0', '\u0000', '__proto__="x"'],
  ...['http://t/1', 'http://t:99999/', 'udp://@1', '/x.ts', '|User-Agent=a', '<html>', '{', 'x'.repeat(50)],
  ...['\n', '\n', '\r\n', '\r', '\n\n'],
)
const listBytes = fc.oneof(
  fc.array(piecesOfLists, { maxLength: 60 }).map((pieces) => new TextEncoder().encode(pieces.join(''))),
  fc
    .array(piecesOfLists, { maxLength: 30 })
    .map((pieces) => new Uint8Array(Buffer.from(`\ufeff${pieces.join('')}`, 'utf16le'))),
  fc.array(piecesOfLists, { maxLength: 60 }).map((pieces) => new Uint8Array(Buffer.from(pieces.join(''), 'latin1'))),
  fc.uint8Array({ maxLength: 300 }),
)

describe('any bytes', () => {
  test('never throw, wherever they are cut', () => {
    const options = { baseUrl: 'http://provider.example/', limits: { lineBytes: 64 } }
    fc.assert(
      fc.property(listBytes, fc.array(fc.nat(), { maxLength: 20 }), (bytes, cuts) => {
        const whole = parseInPieces(bytes, [], options)
        expect(parseInPieces(bytes, cuts, options)).toEqual(whole)
        const everyByte = Array.from({ length: bytes.length }, (_, index) => index)
        expect(parseInPieces(bytes, everyByte, options)).toEqual(whole)
        for (const { name, url } of whole.entries) {
          expect(name).not.toBe('')
          expect(name + url).not.toMatch(/[\r\n\0]/)
        }
      }),
      { numRuns: LISTS },
    )
  }, 240_000)

  test('every #EXTINF becomes an entry or is counted', () => {
    const lines = fc.constantFrom('#EXTINF:-1,A', 'http://t/1', 'ftp://t/1', 'http://t:99999/', '??', '#x', '')
    fc.assert(
      fc.property(fc.array(lines), (list) => {
        const { entries, skipped } = parseInPieces(new TextEncoder().encode(['#EXTM3U', ...list].join('\n')), [])
        const counted = Object.values(skipped).reduce((sum, count) => sum + count, 0)
        const items = list.filter((line) => line.startsWith('#EXTINF')).length
        // An address without #EXTINF is an entry too, with another name: it replaces none that was
        // lost.
        const named = entries.filter(({ name }) => name === 'A').length
        expect(named + counted).toBeGreaterThanOrEqual(items)
        expect(entries).toHaveLength(list.filter((line) => line === 'http://t/1').length)
      }),
    )
  })
})

describe('limits', () => {
  const encode = (text: string) => new TextEncoder().encode(text)

  test('a line of 10 MB is dropped and reading continues after it, in pieces or at once', () => {
    const bytes = encode(`#EXTINF:-1,A\n${'x'.repeat(10_000_000)}\nhttp://t/1\n`)
    for (const cuts of [[], [20, 70_000, 5_000_000]]) {
      expect(parseInPieces(bytes, cuts)).toMatchObject({
        entries: [{ name: 'A', url: 'http://t/1', line: 1 }],
        first: [{ reason: 'line-too-long', line: 2 }],
      })
    }
  })

  test('a line of exactly the maximum length is kept', () => {
    const url = `http://t/${'x'.repeat(100 - 'http://t/'.length)}`
    const limits = { lineBytes: 100 }
    expect(parseInPieces(encode(`${url}\n${url}y\n`), [], { limits }).entries).toMatchObject([{ url }])
    expect(parseInPieces(encode(`${url}\n${url}y\n`), [50, 150], { limits }).entries).toMatchObject([{ url }])
  })

  test('entries above the limit are counted, not kept', () => {
    const { entries, skipped } = parseInPieces(encode('http://t/1\n'.repeat(50)), [], { limits: { entries: 10 } })
    expect(entries).toHaveLength(10)
    expect(skipped).toEqual({ 'entry-limit': 40 })
  })

  test('all skipped items are counted and the first few remembered', () => {
    const { first, skipped } = parseInPieces(encode('ftp://t/1\n'.repeat(5000)), [])
    expect(first).toHaveLength(20)
    expect(skipped).toEqual({ 'unsupported-scheme': 5000 })
  })

  test('names and attributes from object prototypes are harmless', () => {
    const { entries } = parseInPieces(encode('#EXTINF:-1 __proto__="p" constructor="c",__proto__\nhttp://t/1\n'), [])
    expect(entries).toMatchObject([
      {
        name: '__proto__',
        attributes: [
          ['__proto__', 'p'],
          ['constructor', 'c'],
        ],
      },
    ])
    expect(({} as { readonly p?: unknown }).p).toBeUndefined()
  })
})
