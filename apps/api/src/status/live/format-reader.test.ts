import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { createFormatReader } from './format-reader.ts'

/** A clip of 640×360 at 25 frames per second. */
const CLIP = readFileSync(new URL('../../../../demo/clips/red.mpegts', import.meta.url))

function sessionWith(media: Buffer[], stream: string) {
  const session = { stream: { streamId: stream }, reads: 0, ring: { readFromNewestJoinPoint } }
  function readFromNewestJoinPoint(): Buffer[] {
    session.reads += 1
    return media
  }
  return session
}

test('the format is that of the media, and is read again after a while or with another stream', () => {
  const formatOf = createFormatReader()
  // As a ring holds it: in chunks that end anywhere.
  const session = sessionWith([CLIP.subarray(0, 1_000), CLIP.subarray(1_000)], 'one')
  const format = { codecs: 'avc1.42c01f,mp4a.40.2', width: 640, height: 360, framesPerSecond: 25 }
  expect(formatOf(session, 0)).toEqual(format)
  formatOf(session, 9_999)
  expect(session.reads).toBe(1)
  formatOf(session, 10_000)
  session.stream = { streamId: 'two' }
  expect(formatOf(session, 10_001)).toEqual(format)
  expect(session.reads).toBe(3)
})

test('nothing is known without media or its tables, and the next media is read', () => {
  const formatOf = createFormatReader()
  const media: Buffer[] = []
  const session = sessionWith(media, 'one')
  expect(formatOf(session, 0)).toBeNull()
  media.push(Buffer.alloc(1_880, 0x47))
  expect(formatOf(session, 1)).toBeNull()
  media.unshift(CLIP)
  expect(formatOf(session, 2)?.width).toBe(640)
})
