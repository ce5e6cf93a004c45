/**
 * What RFC 8216 and Apple's authoring guide ask of the playlists of a live stream. Reads text
 * only, by its own means: it judges the product, and shares nothing with it.
 */

type ListedSegment = {
  readonly uri: string
  readonly seconds: number
  readonly atMs: number | undefined
  readonly isBreak: boolean
}

type MediaPlaylist = {
  readonly number: number
  readonly breaks: number
  readonly targetSeconds: number
  readonly segments: readonly ListedSegment[]
}

/** RFC 8216, 4.3: those that are there exactly once, before the first segment. */
const ONCE = ['#EXT-X-VERSION', '#EXT-X-TARGETDURATION', '#EXT-X-MEDIA-SEQUENCE', '#EXT-X-DISCONTINUITY-SEQUENCE']
const OF_SEGMENTS = ['#EXTINF', '#EXT-X-PROGRAM-DATE-TIME', '#EXT-X-DISCONTINUITY', '#EXT-X-MAP']
const KNOWN = new Set(['#EXTM3U', '#EXT-X-INDEPENDENT-SEGMENTS', ...ONCE, ...OF_SEGMENTS])
/** Of a date from the end of the segment before. */
const DATE_TOLERANCE_MS = 15_000

const nameOf = (line: string): string => line.split(':', 1)[0]!

/** @returns each rule that a media playlist breaks, in a sentence */
export function brokenMediaRules(text: string, state: 'live' | 'ended' = 'live'): string[] {
  const all = text.split('\n').filter((line) => line !== '')
  const hasEnd = all.at(-1) === '#EXT-X-ENDLIST'
  const lines = hasEnd ? all.slice(0, -1) : all
  const tags = lines.filter((line) => line.startsWith('#'))
  const { targetSeconds, segments } = readMediaPlaylist(text)
  const firstOfSegments = lines.findIndex((line) => !line.startsWith('#') || OF_SEGMENTS.includes(nameOf(line)))
  const places = ONCE.map((tag) => [tag, lines.flatMap((line, at) => (nameOf(line) === tag ? [at] : []))] as const)
  const version = Number(/^#EXT-X-VERSION:(\d+)$/m.exec(text)?.[1])
  const dated = segments.filter(({ atMs }) => atMs !== undefined)
  return [
    ...(lines[0] === '#EXTM3U' && text.endsWith('\n') && !text.includes('\r') ? [] : ['begins or ends wrongly']),
    ...(hasEnd === (state === 'ended') ? [] : [hasEnd ? 'it ends' : 'it has no end']),
    ...tags.filter((tag) => !KNOWN.has(nameOf(tag))).map((tag) => `unknown tag ${tag}`),
    ...places
      .filter(([, at]) => at.length !== 1 || at[0]! > firstOfSegments)
      .map(([tag]) => `${tag} must be there once, before the segments`),
    // 7: durations with a fraction need version 3, EXT-X-MAP version 6.
    ...(version >= (text.includes('#EXT-X-MAP:') ? 6 : 3) ? [] : [`version ${version} is too low`]),
    ...(segments.length > 0 ? [] : ['no segment']),
    ...segments
      .filter(({ seconds }) => !(Math.round(seconds) <= targetSeconds))
      .map(({ uri, seconds }) => `${uri} of ${seconds} s is longer than the target`),
    ...(new Set(segments.map(({ uri }) => uri)).size === segments.length ? [] : ['an address is listed twice']),
    ...(dated.length === segments.length ? [] : ['a segment has no date']),
    ...wrongDates(segments),
  ]
}

/** 4.3.2.6: a date follows from the one before, unless the time line breaks. */
function wrongDates(segments: readonly ListedSegment[]): string[] {
  return segments.flatMap(({ uri, atMs, isBreak }, index) => {
    const before = segments[index - 1]
    if (isBreak || before?.atMs === undefined || atMs === undefined) return []
    const late = atMs - (before.atMs + before.seconds * 1_000)
    return late > -2 && late < DATE_TOLERANCE_MS ? [] : [`${uri} is dated ${late} ms from the end of the one before`]
  })
}

/**
 * 6.2.2: what a playlist may not do to the one that a player has read before, from whatever node.
 */
export function brokenUpdateRules(before: string, after: string): string[] {
  const [old, now] = [readMediaPlaylist(before), readMediaPlaylist(after)]
  const known = new Map(old.segments.map((segment, index) => [old.number + index, { ...segment, index }]))
  const both = now.segments.flatMap((segment, index) => {
    const same = known.get(now.number + index)
    return same === undefined
      ? []
      : [{ segment, same, breaks: breaksAt(now, index), before: breaksAt(old, same.index) }]
  })
  return [
    ...(now.number >= old.number ? [] : [`the number steps back from ${old.number} to ${now.number}`]),
    ...(now.breaks >= old.breaks ? [] : ['the count of breaks steps back']),
    ...(now.targetSeconds === old.targetSeconds ? [] : ['the target changes']),
    ...both
      .filter(({ segment, same }) => segment.uri !== same.uri || segment.seconds !== same.seconds)
      .map(({ same }) => `${same.uri} is another segment now`),
    ...both.filter((pair) => pair.breaks !== pair.before).map(({ same }) => `${same.uri} has another count of breaks`),
  ]
}

/** Breaks from the first segment ever up to this one. */
function breaksAt({ breaks, segments }: MediaPlaylist, index: number): number {
  return breaks + segments.slice(0, index + 1).filter(({ isBreak }) => isBreak).length
}

const WANTED = ['BANDWIDTH', 'AVERAGE-BANDWIDTH', 'CODECS', 'RESOLUTION', 'FRAME-RATE']

/** Apple's guide asks for all of these in each variant. */
export function brokenMultivariantRules(text: string): string[] {
  const lines = text.split('\n').filter((line) => line !== '')
  const variants = lines.flatMap((line, at) =>
    line.startsWith('#EXT-X-STREAM-INF:') ? [{ line, uri: lines[at + 1] }] : [],
  )
  const peakOf = (line: string, name: string) => Number(new RegExp(`[:,]${name}=(\\d+)`).exec(line)?.[1])
  return [
    ...(lines[0] === '#EXTM3U' && text.endsWith('\n') ? [] : ['begins or ends wrongly']),
    ...(variants.length > 0 ? [] : ['no variant']),
    ...variants.flatMap(({ line, uri }) => [
      ...WANTED.filter((name) => !new RegExp(`[:,]${name}=`).test(line)).map((name) => `a variant has no ${name}`),
      ...(uri !== undefined && !uri.startsWith('#') ? [] : ['a variant has no address']),
      ...(peakOf(line, 'AVERAGE-BANDWIDTH') <= peakOf(line, 'BANDWIDTH') ? [] : ['the average is above the peak']),
    ]),
  ]
}

function readMediaPlaylist(text: string): MediaPlaylist {
  const count = (tag: string) => Number(new RegExp(`^${tag}:(\\d+)$`, 'm').exec(text)?.[1])
  const segments: ListedSegment[] = []
  let next = { seconds: Number.NaN, atMs: undefined as number | undefined, isBreak: false }
  for (const line of text.split('\n')) {
    const value = line.slice(line.indexOf(':') + 1)
    if (line.startsWith('#EXTINF:')) next.seconds = Number.parseFloat(value)
    else if (line.startsWith('#EXT-X-PROGRAM-DATE-TIME:')) next.atMs = Date.parse(value)
    else if (line === '#EXT-X-DISCONTINUITY') next.isBreak = true
    if (line === '' || line.startsWith('#')) continue
    segments.push({ ...next, uri: line })
    next = { seconds: Number.NaN, atMs: undefined, isBreak: false }
  }
  return {
    number: count('#EXT-X-MEDIA-SEQUENCE'),
    breaks: count('#EXT-X-DISCONTINUITY-SEQUENCE'),
    targetSeconds: count('#EXT-X-TARGETDURATION'),
    segments,
  }
}
