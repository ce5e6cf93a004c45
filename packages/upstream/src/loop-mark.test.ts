import { describe, expect, test } from '@jest/globals'
import { loopMarkFor, loopMarksIn } from './loop-mark.ts'

const ID = '0123456789abcdef'

describe('the mark goes', () => {
  test.each([
    `http://kptv.example/stream/${ID}.ts`,
    `https://kptv.example:8443/stream/${ID}`,
    `http://balancer.example/tv/stream/${ID}.ts?x=1`,
    `http://kptv.example/stream/${ID}.ts/`,
    'http://kptv.example/stream/Its%20Name',
    'http://kptv.example/stream/%4Coop.ts',
    'http://kptv.example/STREAM/Loop',
    'http://kptv.example/%73tream/Loop',
    'http://kptv.example/%2573tream/Loop',
    'http://kptv.example/tv%2Fstream%2FLoop',
    'http://kptv.example//stream//Loop',
    'http://kptv.example/link/token/stream/Loop',
    `http://kptv.example/stream/${ID}/hls/player/live.m3u8`,
    'http://kptv.example/live/anna/password/1073741824.ts',
    'http://kptv.example/tv/live/anna/password/2147483647.m3u8',
    'http://kptv.example/anna/password/1500000000',
    'http://kptv.example/LIVE//anna/pass%77ord/%31500000000.TS',
  ])('to %s, which looks like our link', (url) => {
    expect(loopMarkFor(new URL(url), 'f00d')).toEqual({ Via: '1.1 kptv-f00d' })
  })

  test.each([
    'http://provider.example/live/user/pass/1.ts',
    'http://provider.example/live/user/pass/123456789.ts',
    'http://provider.example/user/pass/98765',
    'http://provider.example/live/user/pass/15000000001.ts',
    'http://provider.example/live/user/pass/1500000000/index.m3u8',
    'http://provider.example/1500000000.ts',
    'http://provider.example/stream/',
    'http://provider.example/stream',
    'http://provider.example/hls/stream.m3u8',
    `http://provider.example/streams/${ID}.ts`,
    `http://provider.example/?/stream/${ID}.ts`,
  ])('to no other address: %s', (url) => {
    expect(loopMarkFor(new URL(url), 'f00d')).toEqual({})
  })

  test('nowhere if there is none', () => {
    expect(loopMarkFor(new URL(`http://kptv.example/stream/${ID}.ts`), undefined)).toEqual({})
  })
})

describe('marks are found', () => {
  test.each([
    [undefined, []],
    ['', []],
    ['1.1 haproxy', []],
    ['1.1 kptv-f00d', ['f00d']],
    ['1.1 kptv-f00d, 1.0 balancer (nginx), 1.1 kptv-beef', ['f00d', 'beef']],
    ['1.1 notkptv-f00d', []],
    ['kptv-', []],
    [`${'kptv-a, '.repeat(5_000)}`, Array.from({ length: 8 }, () => 'a')],
  ])('in %j', (via, marks) => {
    expect(loopMarksIn(via)).toEqual(marks)
  })
})
