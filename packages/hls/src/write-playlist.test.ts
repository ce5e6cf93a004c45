import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { parsePlaylist } from './parse-playlist.ts'
import { type OfferedSegment, writeMediaPlaylist, writeMultivariantPlaylist } from './write-playlist.ts'

const segment = fc.record({
  uri: fc.nat(1e9).map((number) => `${number}.ts`),
  durationMs: fc.integer({ min: 40, max: 6_490 }),
  atMs: fc.integer({ min: 0, max: 4e12 }),
  isBreak: fc.boolean(),
  isIndependent: fc.boolean(),
})

const playlists = fc.record({
  number: fc.integer({ min: 0, max: 2 ** 31 }),
  breaks: fc.nat(1_000),
  given: fc.array(segment, { minLength: 1, maxLength: 15 }),
})

function offered(
  breaks: number,
  given: ReadonlyArray<Omit<OfferedSegment, 'breaks'> & { isBreak: boolean }>,
): OfferedSegment[] {
  let count = breaks
  return given.map(({ isBreak, ...rest }, index) => {
    if (index > 0 && isBreak) count += 1
    return { ...rest, breaks: count }
  })
}

/** The rules of RFC 8216 and of Apple's authoring guide for a live media playlist. */
function brokenRules(text: string): string[] {
  const lines = text.split('\n')
  const target = Number(/^#EXT-X-TARGETDURATION:(\d+)$/m.exec(text)?.[1])
  const durations = [...text.matchAll(/^#EXTINF:([\d.]+),$/gm)].map(([, duration]) => Number(duration))
  const count = (tag: string) => lines.filter((line) => line === tag || line.startsWith(`${tag}:`)).length
  const once = [
    '#EXTM3U',
    '#EXT-X-VERSION',
    '#EXT-X-TARGETDURATION',
    '#EXT-X-MEDIA-SEQUENCE',
    '#EXT-X-DISCONTINUITY-SEQUENCE',
  ]
  const uris = lines.filter((line) => line !== '' && !line.startsWith('#'))
  return [
    ...(lines[0] === '#EXTM3U' && text.endsWith('\n') ? [] : ['begins or ends wrongly']),
    ...once.filter((tag) => count(tag) !== 1).map((tag) => `${tag} must be there once`),
    ...durations
      .filter((duration) => Math.round(duration) > target)
      .map((duration) => `${duration} is over the target`),
    ...(count('#EXT-X-PROGRAM-DATE-TIME') === durations.length ? [] : ['a segment has no date']),
    ...(uris.length === durations.length ? [] : ['addresses and durations do not match']),
    ...(count('#EXT-X-ENDLIST') === 0 ? [] : ['a live playlist has no end']),
    ...(lines.indexOf(uris[0]!) > lines.findIndex((line) => line.startsWith('#EXT-X-DISCONTINUITY-SEQUENCE'))
      ? []
      : ['a sequence after a segment']),
  ]
}

test('any media playlist keeps the rules, and says what it was given', () => {
  fc.assert(
    fc.property(playlists, ({ number, breaks, given }) => {
      const segments = offered(breaks, given)
      const text = writeMediaPlaylist({ number, targetSeconds: 6, segments })
      expect(brokenRules(text)).toEqual([])
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

test('a multivariant playlist names rates, codecs, size and frame rate, as far as they are known', () => {
  const rates = { uri: 'x/live.m3u8', peakBitsPerSecond: 2_000_000.4, averageBitsPerSecond: 1_900_000 }
  const facts = { codecs: 'avc1.640028,mp4a.40.2', width: 1920, height: 1080, framesPerSecond: 30_000 / 1_001 }
  expect(writeMultivariantPlaylist({ ...rates, ...facts })).toBe(
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
