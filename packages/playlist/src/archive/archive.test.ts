// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders of lists look like that
import { describe, expect, test } from '@jest/globals'
import type { Attributes } from '../attributes.ts'
import { archiveAddress, fillTemplate, reachesBack } from './archive-address.ts'
import { type StreamArchive, streamArchive } from './stream-archive.ts'

const LIVE = 'http://tv.example/live/user/pass/7.ts'
const [SUMMER, WINTER] = [Date.UTC(2027, 6, 1, 18, 5, 9), Date.UTC(2027, 11, 1, 18, 5, 9)]
const windowAt = (startMs: number, minutes = 90) => ({
  startMs,
  endMs: startMs + minutes * 60_000,
  nowMs: startMs + 3 * 3_600_000,
})

describe('the archive of an entry', () => {
  test.each<[string, Attributes, string, StreamArchive | undefined]>([
    ['nothing', [], LIVE, undefined],
    ['days alone', [['tvg-rec', '7']], LIVE, undefined],
    [
      'default',
      [
        ['catchup', 'default'],
        ['catchup-source', 'http://a/{utc}'],
        ['catchup-days', '3'],
      ],
      LIVE,
      { kind: 'template', days: 3, source: 'http://a/{utc}' },
    ],
    [
      'default with a part of an address',
      [
        ['catchup', 'default'],
        ['catchup-source', '?s={utc}'],
      ],
      LIVE,
      { kind: 'append', days: 5, source: '?s={utc}' },
    ],
    ['default without a source', [['catchup', 'default']], LIVE, undefined],
    [
      'append',
      [
        ['CATCHUP', 'append'],
        ['catchup_source', '&t={utc}'],
        ['catchup-days', '2'],
      ],
      LIVE,
      { kind: 'append', days: 2, source: '&t={utc}' },
    ],
    [
      'shift',
      [
        ['catchup', 'shift'],
        ['timeshift', '4'],
      ],
      LIVE,
      { kind: 'shift', days: 4 },
    ],
    ['timeshift', [['catchup-type', 'timeshift']], LIVE, { kind: 'shift', days: 5 }],
    [
      'fs',
      [
        ['catchup', 'fs'],
        ['catchup-days', '1'],
      ],
      'http://a/b/mpegts',
      { kind: 'flussonic', days: 1 },
    ],
    [
      'flussonic with a source',
      [
        ['catchup', 'flussonic'],
        ['catchup-source', 'http://a/{utc}'],
      ],
      LIVE,
      { kind: 'template', days: 5, source: 'http://a/{utc}' },
    ],
    [
      'xc',
      [
        ['catchup', 'xc'],
        ['catchup-days', '7'],
        ['catchup-correction', '-1.5'],
      ],
      LIVE,
      { kind: 'xtream', days: 7, correctionMs: -5_400_000 },
    ],
    [
      'vod with an address',
      [
        ['catchup', 'vod'],
        ['catchup-source', 'http://a/{utc}'],
      ],
      LIVE,
      { kind: 'template', days: 5, source: 'http://a/{utc}' },
    ],
    [
      'vod by ids of a guide',
      [
        ['catchup', 'vod'],
        ['catchup-source', 'http://a/{catchup-id}'],
      ],
      LIVE,
      undefined,
    ],
    [
      'tv_archive of a panel',
      [
        ['tv_archive', '1'],
        ['tv_archive_duration', '3'],
      ],
      LIVE,
      { kind: 'xtream', days: 3 },
    ],
    [
      'tv_archive elsewhere',
      [
        ['tv_archive', '1'],
        ['tv_archive_duration', '3'],
      ],
      'http://a/b.m3u8',
      undefined,
    ],
    ['xc beside an address of another form', [['catchup', 'xc']], 'http://a/channel/9', undefined],
    ['flussonic beside an address of another form', [['catchup', 'fs']], 'http://a/bbc.mp4', undefined],
    [
      'xc beside another form, with a source',
      [
        ['catchup', 'xc'],
        ['catchup-source', 'http://a/{utc}'],
      ],
      'http://a/9',
      { kind: 'template', days: 5, source: 'http://a/{utc}' },
    ],
    [
      'a word of no kind',
      [
        ['catchup', 'maybe'],
        ['catchup-days', '3'],
      ],
      LIVE,
      undefined,
    ],
    ['a stream without HTTP', [['catchup', 'shift']], 'udp://@239.0.0.1:1234', undefined],
  ])('%s', (_, attributes, url, expected) => {
    expect(streamArchive(attributes, url)).toEqual(expected)
  })
})

describe('the address of a past programme', () => {
  const archive = (kind: StreamArchive['kind'], more: Partial<StreamArchive> = {}): StreamArchive => ({
    kind,
    days: 7,
    ...more,
  })

  test.each<[string, string, StreamArchive, number, string | undefined]>([
    [
      'xtream in summer',
      LIVE,
      archive('xtream'),
      SUMMER,
      'http://tv.example/timeshift/user/pass/90/2027-07-01:20-05/7.ts',
    ],
    [
      'xtream in winter',
      LIVE,
      archive('xtream'),
      WINTER,
      'http://tv.example/timeshift/user/pass/90/2027-12-01:19-05/7.ts',
    ],
    [
      'xtream, short form',
      'http://tv.example:80/u/p/9',
      archive('xtream'),
      SUMMER,
      'http://tv.example:80/timeshift/u/p/90/2027-07-01:20-05/9.ts',
    ],
    [
      'xtream, HLS',
      'http://tv.example/u/p/9.m3u8',
      archive('xtream'),
      SUMMER,
      'http://tv.example/timeshift/u/p/90/2027-07-01:20-05/9.ts',
    ],
    ['xtream, no such address', 'http://tv.example/9', archive('xtream'), SUMMER, undefined],
    [
      'xtream with a correction',
      LIVE,
      archive('xtream', { correctionMs: 3_600_000 }),
      SUMMER,
      'http://tv.example/timeshift/user/pass/90/2027-07-01:21-05/7.ts',
    ],
    ['shift', 'http://a/b', archive('shift'), SUMMER, `http://a/b?utc=${SUMMER / 1000}&lutc=${SUMMER / 1000 + 10_800}`],
    [
      'shift with a query',
      'http://a/b?c',
      archive('shift'),
      SUMMER,
      `http://a/b?c&utc=${SUMMER / 1000}&lutc=${SUMMER / 1000 + 10_800}`,
    ],
    [
      'flussonic',
      'http://a/x/bbc/mpegts?token=t',
      archive('flussonic'),
      SUMMER,
      `http://a/x/bbc/archive-${SUMMER / 1000}-5400.ts?token=t`,
    ],
    [
      'flussonic, HLS',
      'http://a/bbc/index.m3u8',
      archive('flussonic'),
      SUMMER,
      `http://a/bbc/index-${SUMMER / 1000}-5400.m3u8`,
    ],
    [
      'flussonic, one track',
      'http://a/bbc/video.m3u8?t',
      archive('flussonic'),
      SUMMER,
      `http://a/bbc/video-${SUMMER / 1000}-5400.m3u8?t`,
    ],
    ['flussonic, no such address', 'http://a/bbc.mp4', archive('flussonic'), SUMMER, undefined],
    [
      'append',
      'http://a/b',
      archive('append', { source: '?from={utc}&to={utcend}' }),
      SUMMER,
      `http://a/b?from=${SUMMER / 1000}&to=${SUMMER / 1000 + 5_400}`,
    ],
    [
      'template',
      'http://a/b',
      archive('template', { source: 'http://c/{Y}/{m}/{d}/{H}-{M}-{S}' }),
      WINTER,
      'http://c/2027/12/01/19-05-09',
    ],
  ])('%s', (_, url, archive, startMs, expected) => {
    expect(archiveAddress({ url, archive, zone: 'Europe/Berlin' }, windowAt(startMs))).toBe(expected)
  })

  test.each([
    ['{utc}', String(WINTER / 1000)],
    ['${start}', String(WINTER / 1000)],
    ['{utcend}|${end}', `${WINTER / 1000 + 5_400}|${WINTER / 1000 + 5_400}`],
    [
      '{lutc}|${now}|${timestamp}',
      Array(3)
        .fill(WINTER / 1000 + 10_800)
        .join('|'),
    ],
    ['{duration}|{duration:60}|${duration:3600}', '5400|90|1'],
    ['{offset}|${offset:60}', '10800|180'],
    ['{utc:YmdHMS}|${end:H:M}|{lutc:Y-m-d}', '20271201180509|19:35|2027-12-01'],
    ['{secret-1}|{secret-2:abc}|{other}', '{secret-1}|{secret-2:abc}|{other}'],
    ['{duration:0}|{duration:x}', '5400|5400'],
  ])('%s is %s', (template, expected) => {
    expect(fillTemplate(template, windowAt(WINTER), 'UTC')).toBe(expected)
  })
})

test.each([
  ['just now', 1_000, true],
  ['six days ago', 6 * 86_400_000, true],
  ['too long ago', 7 * 86_400_000 + 1, false],
  ['in the future', -1, false],
])('the archive of a week has what was on %s: %p', (_, agoMs, has) => {
  const nowMs = WINTER
  expect(reachesBack({ kind: 'shift', days: 7 }, { startMs: nowMs - agoMs, endMs: nowMs, nowMs })).toBe(has)
})
