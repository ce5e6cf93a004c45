import { expect, test } from '@jest/globals'
import { createFormats } from '../../words/formats.ts'
import { describeFormat } from './describe-format.ts'

const NOTHING = { codecs: null, width: null, height: null, framesPerSecond: null }

test.each([
  [
    { codecs: 'avc1.64001f,mp4a.40.2', width: 1_920, height: 1_080, framesPerSecond: 25 },
    '1920×1080 · 25 fps · H.264 · AAC',
  ],
  [{ ...NOTHING, width: 640, height: 360, framesPerSecond: 59.94 }, '640×360 · 59.9 fps'],
  [{ ...NOTHING, codecs: 'ac-3' }, 'AC-3'],
  [NOTHING, ''],
])('%j', (media, text) => {
  expect(describeFormat(media, createFormats('en'))).toBe(text)
})
