import { expect, test } from '@jest/globals'
import { chooseTracks, codecsOf, fmp4Parameters } from './ffmpeg-parameters.ts'

const textOf = (tracks: string, format: 'fmp4' | 'fmp4-aac', startTicks = 90_000): string =>
  fmp4Parameters({ tracks, leadTicks: 0, hasLongGroups: false }, [{ format, startTicks }]).join(' ')

test('never encodes video, and takes the first track of each kind', () => {
  const text = textOf('256:h264,257:aac,258:ac3,259:teletext', 'fmp4-aac')
  expect(text).toContain('-map 0:i:256 -c:v copy')
  expect(text).toContain('-map 0:i:257 -c:a copy -bsf:a aac_adtstoasc')
  expect(text).not.toContain('0:i:258')
})

test('HEVC gets the name that Apple wants', () => {
  expect(textOf('256:hevc', 'fmp4')).toContain('-tag:v hvc1')
  expect(textOf('256:h264', 'fmp4')).not.toContain('-tag:v')
})

test.each([
  ['aac', false, false],
  ['ac3', false, true],
  ['eac3', false, true],
  ['mp2', false, true],
  // These have no place in MP4 as it is played.
  ['aac-latm', true, true],
  ['dts', true, true],
])('%s is encoded: %s; where AAC is wanted: %s', (codec, always, wanted) => {
  expect(chooseTracks(`256:h264,257:${codec}`, 'fmp4').audio?.isEncoded).toBe(always)
  expect(chooseTracks(`256:h264,257:${codec}`, 'fmp4-aac').audio?.isEncoded).toBe(wanted)
})

test('a radio has no video, and a silent channel no audio', () => {
  expect(chooseTracks('257:mp2', 'fmp4')).toMatchObject({ video: undefined, audio: { pid: 257 } })
  expect(chooseTracks('256:hevc', 'fmp4').audio).toBeUndefined()
  expect(textOf('257:mp2', 'fmp4')).not.toContain('-c:v')
})

test('ffmpeg opens only its pipes', () => {
  expect(textOf('256:h264', 'fmp4')).toContain('-protocol_whitelist pipe -format_whitelist mpegts')
  expect(
    textOf('256:h264', 'fmp4')
      .split(' ')
      .filter((word) => word.includes('/')),
  ).toEqual([])
})

test.each([
  [0, undefined],
  [2 ** 33 - 61 * 90_000, undefined],
  [2 ** 33 - 59 * 90_000, '95443.717689'],
  [2 ** 33 + 90_000, '95443.717689'],
  [3 * 2 ** 33 + 90_000, '286331.153067'],
])('adds whole turns of the clock to times: %s', (startTicks, offset) => {
  const [, added] = /-output_ts_offset (\S+)/.exec(textOf('256:h264', 'fmp4', startTicks)) ?? []
  expect(added).toBe(offset)
})

test.each([
  ['avc1.64001f,ac-3', '256:h264,257:ac3', 'fmp4', 'avc1.64001f,ac-3'],
  ['avc1.64001f,ac-3', '256:h264,257:ac3', 'fmp4-aac', 'avc1.64001f,mp4a.40.2'],
  // Only the audio had no name.
  [undefined, '256:h264,257:dts', 'fmp4', undefined],
  ['mp4a.40.34', '257:mp2', 'fmp4-aac', 'mp4a.40.2'],
] as const)('%s of %s as %s is %s', (codecs, tracks, format, named) => {
  expect(codecsOf(codecs, chooseTracks(tracks, format))).toBe(named)
})
