import { expect, test } from '@jest/globals'
import { type Failure, nextWay, type Way } from './ways-to-play.ts'

const unsupported: Failure = { status: undefined, isUnsupported: true }
const refused = (status: number): Failure => ({ status, isUnsupported: false })

test.each<[string, Way, Failure, Way | undefined]>([
  ['audio that the browser cannot decode is converted', 'original', unsupported, 'converted'],
  ['a server without ffmpeg leaves the video alone', 'converted', refused(501), 'silent'],
  ['what the browser cannot decode converted either is the video, or its audio', 'converted', unsupported, 'silent'],
  ['a video that it cannot decode has no other way', 'silent', unsupported, undefined],
  ['a stream that has ended too often is not another format', 'original', refused(503), undefined],
  ['a user that has reached the limit gets no more by another way', 'converted', refused(429), undefined],
])('%s', (_, way, failure, next) => {
  expect(nextWay(way, failure)).toBe(next)
})
