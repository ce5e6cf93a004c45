import { describe, expect, test } from '@jest/globals'
import type { MediaPlaylist } from './model.ts'
import { parsePlaylist } from './parse-playlist.ts'

const lines = (...all: string[]): string => `${['#EXTM3U', ...all].join('\r\n')}\r\n`

function media(...all: string[]): MediaPlaylist {
  const playlist = parsePlaylist(lines(...all))
  if (playlist.kind !== 'media') throw new Error(`a ${playlist.kind} is not a media playlist`)
  return playlist
}

test.each([
  ['', 'no-playlist'],
  ['<html>', 'no-playlist'],
  ['#EXTINF:1,\na.ts', 'no-playlist'],
  ['\n\n  \n#EXTM3U\n#EXTINF:1,\na.ts', 'media'],
  ['\ufeff#EXTM3U\n#EXT-X-TARGETDURATION:4', 'media'],
])('%j is recognised by its content: %s', (text, kind) => {
  expect(parsePlaylist(text).kind).toBe(kind)
})

test('reads a live playlist', () => {
  const playlist = media(
    '#EXT-X-VERSION:3',
    '#EXT-X-TARGETDURATION:6',
    '#EXT-X-MEDIA-SEQUENCE:7',
    '#EXTINF:5.5,title, with a comma',
    'a.ts?t=1',
    '# a remark',
    '#EXT-X-DISCONTINUITY',
    '#EXTINF:6,',
    'http://other.example/b.ts',
    '#EXT-X-GAP',
    '#EXTINF:6,',
    'c.ts',
  )
  expect(playlist).toMatchObject({ kind: 'media', targetMs: 6_000, firstSequence: 7, isComplete: false })
  expect(playlist.segments).toMatchObject([
    { sequence: 7, uri: 'a.ts?t=1', durationMs: 5_500, isDiscontinuous: false, isGap: false, key: undefined },
    { sequence: 8, uri: 'http://other.example/b.ts', isDiscontinuous: true, isGap: false },
    { sequence: 9, uri: 'c.ts', isDiscontinuous: false, isGap: true },
  ])
})

test.each([
  ['0', 1_000],
  ['-5', 1_000],
  ['1e9', 30_000],
  ['6.5', 6_500],
  ['x', 4_000],
  [undefined, 4_000],
])('H05: a target duration of %s counts as %d ms', (target, targetMs) => {
  const tag = target === undefined ? [] : [`#EXT-X-TARGETDURATION:${target}`]
  expect(media(...tag, '#EXTINF:4,', 'a.ts').targetMs).toBe(targetMs)
})

test('H03: of 100,000 segments the newest are kept', () => {
  const { segments, firstSequence } = media(
    '#EXT-X-MEDIA-SEQUENCE:5',
    Array.from({ length: 100_000 }, (_, at) => `#EXTINF:1,\n${at}.ts`).join('\n'),
  )
  expect(segments.length).toBe(20_000)
  expect([firstSequence, segments.at(-1)]).toMatchObject([80_005, { sequence: 100_004, uri: '99999.ts' }])
})

test('H08: AES-128: the vector is given, or the sequence number; NONE ends it; unknown methods and formats are marked', () => {
  const { segments } = media(
    '#EXT-X-MEDIA-SEQUENCE:4294967298',
    '#EXT-X-KEY:METHOD=AES-128,URI="k?a=1,2",IV=0x00000000000000000000000000000aFF',
    '#EXTINF:1,',
    'a.ts',
    '#EXT-X-KEY:METHOD=AES-128,URI="k"',
    '#EXTINF:1,',
    'b.ts',
    '#EXT-X-KEY:METHOD=NONE',
    '#EXTINF:1,',
    'c.ts',
    '#EXT-X-KEY:METHOD=SAMPLE-AES,URI="k"',
    '#EXTINF:1,',
    'd.ts',
    '#EXT-X-KEY:METHOD=AES-128,URI="skd://x",KEYFORMAT="com.apple.streamingkeydelivery"',
    '#EXT-X-KEY:METHOD=AES-128,URI="identity"',
    '#EXTINF:1,',
    'e.ts',
  )
  const shown = segments.map(({ key }) =>
    typeof key === 'object' ? [key.uri, Buffer.from(key.iv).toString('hex')] : key,
  )
  expect(shown).toEqual([
    ['k?a=1,2', '00000000000000000000000000000aff'],
    ['k', '00000000000000000000000100000003'],
    undefined,
    'unsupported',
    ['identity', '00000000000000000000000100000006'],
  ])
})

test('byte ranges continue the previous one', () => {
  const { segments } = media(
    '#EXT-X-MAP:URI="init.mp4",BYTERANGE="10@0"',
    ...['#EXT-X-BYTERANGE:100@10', '#EXTINF:1,', 'a.mp4', '#EXT-X-BYTERANGE:50', '#EXTINF:1,', 'a.mp4'],
  )
  expect(segments.map(({ byteRange }) => byteRange)).toEqual([
    { offset: 10, length: 100 },
    { offset: 110, length: 50 },
  ])
  expect(segments[1]?.map).toEqual({ uri: 'init.mp4', byteRange: { offset: 0, length: 10 } })
})

test.each(['-1@0', '5@-1', '99999999999999999@1', '9007199254740991@1', '0@0', 'x', 'x@y', '1@2@3'])(
  'H12: the byte range %s is refused',
  (range) => {
    expect(parsePlaylist(lines(`#EXT-X-BYTERANGE:${range}`, '#EXTINF:1,', 'a.ts'))).toEqual({
      kind: 'refused',
      code: 'hls-bad-range',
    })
  },
)

test('H13: a master playlist, its audio groups, and odd attributes that mean nothing', () => {
  const playlist = parsePlaylist(
    lines(
      `#EXT-X-SESSION-DATA:DATA-ID="x",VALUE="${'v'.repeat(20_000)}"`,
      '#EXT-X-SESSION-DATA:=,=,,"',
      '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="apart",NAME="en",LANGUAGE="en",URI="en.m3u8"',
      '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="inside",NAME="en",LANGUAGE="en"',
      '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="inside",NAME="fr",LANGUAGE="fr-CA",URI="fr.m3u8"',
      '#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=1,URI="i.m3u8"',
      '#EXT-X-STREAM-INF:BANDWIDTH=3000000,RESOLUTION=1920x1080,CODECS="avc1.640028,mp4a.40.2",AUDIO="apart"',
      'apart.m3u8',
      '#EXT-X-STREAM-INF: BANDWIDTH = 2000000 ,RESOLUTION=1280x720,AUDIO="inside"',
      'inside.m3u8',
      '#EXT-X-STREAM-INF:BANDWIDTH=64000,CODECS="mp4a.40.2"',
      'audio.m3u8',
    ),
  )
  const en = { uri: 'en.m3u8', language: 'en' }
  const fr = { uri: 'fr.m3u8', language: 'fr-CA' }
  expect(playlist.kind === 'master' && playlist.variants).toMatchObject([
    { uri: 'apart.m3u8', bandwidth: 3_000_000, height: 1080, isAudioOnly: false, audio: [en], hasOwnAudio: false },
    { uri: 'inside.m3u8', bandwidth: 2_000_000, height: 720, audio: [fr], hasOwnAudio: true, ownLanguage: 'en' },
    { uri: 'audio.m3u8', bandwidth: 64_000, height: undefined, isAudioOnly: true, audio: [], hasOwnAudio: true },
  ])
})

test.each([
  ['the first', ['', ''], ['a', 'b']],
  ['what a player would choose itself', ['', ',AUTOSELECT=YES'], ['b', 'a']],
  ['the default', [',AUTOSELECT=YES', ',DEFAULT=YES'], ['b', 'a']],
])('of several renditions of audio %s comes first', (_, [first, second], order) => {
  const playlist = parsePlaylist(
    lines(
      `#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="g",URI="a"${first}`,
      `#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="g",URI="b"${second}`,
      ...['#EXT-X-STREAM-INF:BANDWIDTH=2,AUDIO="g"', 'v', '#EXT-X-STREAM-INF:BANDWIDTH=1,AUDIO="g"', 'b'],
      ...['#EXT-X-STREAM-INF:BANDWIDTH=1,CODECS="mp4a.40.2",AUDIO="g"', 'other'],
    ),
  )
  const variants = playlist.kind === 'master' ? playlist.variants : []
  // An audio variant, under any name, needs no other audio.
  expect(variants.map(({ audio }) => audio.map(({ uri }) => uri))).toEqual([order, [], []])
})

test.each([
  ['nothing', []],
  ['renditions of audio only', ['#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",URI="a.m3u8"']],
])('H01: a master with %s has no variant', (_, all) => {
  expect(parsePlaylist(lines(...all))).toEqual({ kind: 'refused', code: 'hls-no-variant' })
})

describe('a master with tags of media playlists is a master', () => {
  test.each([
    ['an end', [], ['#EXT-X-ENDLIST']],
    ['a target duration and a number', ['#EXT-X-TARGETDURATION:10', '#EXT-X-MEDIA-SEQUENCE:0'], []],
    ['a type', ['#EXT-X-PLAYLIST-TYPE:EVENT'], []],
  ])('%s', (_, before, behind) => {
    const playlist = parsePlaylist(lines(...before, '#EXT-X-STREAM-INF:BANDWIDTH=1', 'v.m3u8', ...behind))
    expect(playlist).toMatchObject({ kind: 'master', variants: [{ uri: 'v.m3u8' }] })
  })
})

test.each(['\r', '\r\n', '\r\r\n', '\n\r'])('lines may end with %j', (end) => {
  const text = ['#EXTM3U', '#EXT-X-TARGETDURATION:1', '#EXTINF:1,', 'a.ts', '#EXTINF:1,', 'b.ts', ''].join(end)
  expect(parsePlaylist(text)).toMatchObject({ segments: [{ uri: 'a.ts' }, { uri: 'b.ts' }] })
})

test.each([
  'METHOD=AES-128,URI="k",KEYFORMAT="identity"',
  "METHOD=AES-128,URI='k'",
  'METHOD = AES-128 , URI = k',
  'method=aes-128,uri="k",keyformat="Identity"',
  'METHOD="AES-128",URI="k"',
])('a key is understood: %s', (attributes) => {
  expect(media(`#EXT-X-KEY:${attributes}`, '#EXTINF:1,', 'a.ts').segments).toMatchObject([{ key: { uri: 'k' } }])
})

describe('a list of channels is not a list of segments', () => {
  test.each([
    ['lengths of -1', '#EXTINF:-1,One', ['http://tv.example/1.m3u8']],
    ['lengths of 0 and attributes', '#EXTINF:0 tvg-id="one",One', ['http://tv.example/1.m3u8']],
    ['an address alone', '', ['http://tv.example/1.m3u8']],
    ['options', '#EXTINF:-1,One\n#EXTVLCOPT:program=1', ['http://tv.example/1.m3u8']],
  ])('%s', (_, before, uris) => {
    expect(parsePlaylist(lines(before, 'http://tv.example/1.m3u8'))).toEqual({ kind: 'list', uris })
  })

  test.each([
    ['a target duration', '#EXT-X-TARGETDURATION:4\n#EXTINF:-1,'],
    ['a sequence number', '#EXT-X-MEDIA-SEQUENCE:4\n#EXTINF:0,'],
    ['a real length', '#EXTINF:4,'],
    ['a key', '#EXT-X-KEY:METHOD=NONE\n#EXTINF:0,'],
  ])('%s makes it a list of segments', (_, before) => {
    expect(parsePlaylist(lines(before, 'a.ts')).kind).toBe('media')
  })

  test('keeps some addresses of a long list', () => {
    const list = parsePlaylist(lines('#EXTINF:-1,x\nhttp://a/\n'.repeat(50_000)))
    expect(list.kind === 'list' && list.uris.length).toBe(16)
  })
})

describe('variables', () => {
  const defined = ['#EXT-X-DEFINE:NAME="host",VALUE="http://cdn.example"', '#EXT-X-DEFINE:NAME="t",VALUE="a/b"']

  test('are replaced in addresses and in quoted values, including those of segments', () => {
    const { segments } = media(
      ...defined,
      '#EXT-X-KEY:METHOD=AES-128,URI="{$host}/key?{$t}"',
      '#EXTINF:1,',
      '{$host}/{$t}/1.ts',
    )
    expect(segments).toMatchObject([{ uri: 'http://cdn.example/a/b/1.ts', key: { uri: 'http://cdn.example/key?a/b' } }])
  })

  test("come from the master and from the address's query", () => {
    const text = lines(
      '#EXT-X-DEFINE:IMPORT="host"',
      '#EXT-X-DEFINE:QUERYPARAM="token"',
      '#EXTINF:1,',
      '{$host}/{$token}',
    )
    const sources = { imported: new Map([['host', 'http://h']]), query: new Map([['token', 'x']]) }
    expect(parsePlaylist(text, sources)).toMatchObject({ segments: [{ uri: 'http://h/x' }] })
    expect(parsePlaylist(text)).toEqual({ kind: 'refused', code: 'hls-bad-variable' })
  })

  test('mean nothing without a definition, and are refused with another one', () => {
    expect(media('#EXTINF:1,', '{$x}.ts').segments[0]?.uri).toBe('{$x}.ts')
    expect(parsePlaylist(lines(...defined, '#EXTINF:1,', '{$x}.ts')).kind).toBe('refused')
  })

  test('do not let a text grow', () => {
    const big = `#EXT-X-DEFINE:NAME="v",VALUE="${'x'.repeat(4_000)}"`
    expect(parsePlaylist(lines(big, '#EXTINF:1,', '{$v}'.repeat(1_000))).kind).toBe('refused')
  })
})

test('segments that a delta update leaves out are counted', () => {
  const { segments } = media('#EXT-X-MEDIA-SEQUENCE:5', '#EXT-X-SKIP:SKIPPED-SEGMENTS=10', '#EXTINF:1,', 'a.ts')
  expect(segments).toMatchObject([{ sequence: 15, uri: 'a.ts' }])
})
