import { expect, test } from '@jest/globals'
import { brokenMediaRules, brokenMultivariantRules } from '@kptv/testkit'
import fc from 'fast-check'
import m3u8 from 'm3u8-parser'
import { parsePlaylist } from './parse-playlist.ts'
import { type OfferedSegment, writeMediaPlaylist, writeMultivariantPlaylist } from './write-playlist.ts'

const segment = fc.record({
  durationMs: fc.integer({ min: 40, max: 6_490 }),
  isBreak: fc.boolean(),
  isIndependent: fc.boolean(),
})

const playlists = fc.record({
  number: fc.integer({ min: 0, max: 2 ** 31 }),
  breaks: fc.nat(1_000),
  hasEnd: fc.boolean(),
  atMs: fc.integer({ min: 0, max: 4e12 }),
  given: fc.array(segment, { minLength: 1, maxLength: 15 }),
})

type Given = Pick<OfferedSegment, 'durationMs' | 'isIndependent'> & { readonly isBreak: boolean }

function offered(first: { readonly breaks: number; readonly atMs: number }, given: readonly Given[]): OfferedSegment[] {
  let { breaks, atMs } = first
  return given.map(({ isBreak, ...rest }, index) => {
    if (index > 0 && isBreak) breaks += 1
    const segment = { ...rest, breaks, atMs, uri: `${index}.ts` }
    atMs += rest.durationMs
    return segment
  })
}

/** As a reader that shares nothing with us understands it. */
function readIndependently(text: string) {
  const complaints: string[] = []
  const parser = new m3u8.Parser()
  for (const event of ['warn', 'error'] as const) parser.on(event, ({ message }) => complaints.push(message))
  parser.push(text)
  parser.end()
  expect(complaints).toEqual([])
  return parser.manifest
}

test('any media playlist follows the rules, and says what it was given', () => {
  fc.assert(
    fc.property(playlists, ({ number, given, hasEnd, ...first }) => {
      const { breaks } = first
      const segments = offered(first, given)
      const text = writeMediaPlaylist({ number, targetSeconds: 6, hasEnd, segments })
      expect(brokenMediaRules(text, hasEnd ? 'ended' : 'live')).toEqual([])
      const read = readIndependently(text)
      expect(read).toMatchObject({ mediaSequence: number, discontinuitySequence: breaks, targetDuration: 6 })
      expect(read.endList === true).toBe(hasEnd)
      expect(read.segments.map(({ uri, programDateTime }) => [uri, programDateTime])).toEqual(
        segments.map(({ uri, atMs }) => [uri, atMs]),
      )
      for (const [index, { durationMs }] of segments.entries())
        expect(read.segments[index]!.duration).toBeCloseTo(durationMs / 1_000)
      const parsed = parsePlaylist(text)
      if (parsed.kind !== 'media') throw new Error(parsed.kind)
      expect(parsed.firstSequence).toBe(number)
      expect(parsed.segments.map(({ uri }) => uri)).toEqual(segments.map(({ uri }) => uri))
      expect(text).toContain(`#EXT-X-DISCONTINUITY-SEQUENCE:${breaks}\n`)
      expect(text.match(/^#EXT-X-DISCONTINUITY$/gm)?.length ?? 0).toBe(segments.at(-1)!.breaks - breaks)
      expect(text.includes('#EXT-X-INDEPENDENT-SEGMENTS')).toBe(segments.every(({ isIndependent }) => isIndependent))
    }),
  )
})

test('a multivariant playlist names rates, codecs, size and frame rate, as far as known', () => {
  const rates = { uri: 'x/live.m3u8', peakBitsPerSecond: 2_000_000.4, averageBitsPerSecond: 1_900_000 }
  const facts = { codecs: 'avc1.640028,mp4a.40.2', width: 1920, height: 1080, framesPerSecond: 30_000 / 1_001 }
  const text = writeMultivariantPlaylist({ ...rates, ...facts })
  expect(brokenMultivariantRules(text)).toEqual([])
  expect(readIndependently(text).playlists).toMatchObject([
    {
      uri: 'x/live.m3u8',
      attributes: {
        BANDWIDTH: 2_000_001,
        'AVERAGE-BANDWIDTH': '1900000',
        CODECS: facts.codecs,
        RESOLUTION: { width: 1920, height: 1080 },
        'FRAME-RATE': 29.97,
      },
    },
  ])
  expect(text).toBe(
    [
      '#EXTM3U',
      '#EXT-X-VERSION:3',
      '#EXT-X-STREAM-INF:BANDWIDTH=2000001,AVERAGE-BANDWIDTH=1900000,CODECS="avc1.640028,mp4a.40.2",RESOLUTION=1920x1080,FRAME-RATE=29.970',
      'x/live.m3u8',
      '',
    ].join('\n'),
  )
  expect(writeMultivariantPlaylist(rates)).toContain('AVERAGE-BANDWIDTH=1900000\nx/live.m3u8\n')
})

test('a header is named where it changes, if the version allows it', () => {
  fc.assert(
    fc.property(
      playlists,
      fc.array(fc.constantFrom('a.mp4', 'b.mp4'), { minLength: 15, maxLength: 15 }),
      (made, maps) => {
        const { number, given, ...first } = made
        const changes = given.map((one, index) => ({ ...one, isBreak: one.isBreak || maps[index] !== maps[index - 1] }))
        const segments = offered(first, changes).map((segment, index) => ({ ...segment, map: maps[index] }))
        const text = writeMediaPlaylist({ number, targetSeconds: 6, segments })
        expect(brokenMediaRules(text)).toEqual([])
        const read = readIndependently(text)
        expect(read.segments.map(({ map }) => map?.uri)).toEqual(segments.map(({ map }) => map))
        const parsed = parsePlaylist(text)
        if (parsed.kind !== 'media') throw new Error(parsed.kind)
      },
    ),
  )
})
