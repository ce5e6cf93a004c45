import { expect, jest, test } from '@jest/globals'
import { createTransportStreamMaker } from '@kptv/testkit'
import { collect, failureOf, requestOptions } from '../test-support/requests.ts'
import { type AnswerRequest, reply, startProvider } from '../test-support/start-provider.ts'
import { openMedia } from './open-media.ts'

jest.setTimeout(60_000)

const MP4 = Buffer.concat([Buffer.from('\0\0\0\x18ftypisom', 'latin1'), Buffer.alloc(5_000)])
const MKV = Buffer.concat([Buffer.from([0x1a, 0x45, 0xdf, 0xa3]), Buffer.alloc(5_000)])
const ODD = Buffer.alloc(40_000, 1)
const LIVE = createTransportStreamMaker().next(500)

const withLength =
  (body: Buffer, type = 'application/octet-stream'): AnswerRequest =>
  (_request, socket) =>
    reply(socket, '200 OK', body, [`Content-Type: ${type}`, `Content-Length: ${body.length}`])
const endless =
  (body: Buffer, type = 'video/mp4'): AnswerRequest =>
  (_request, socket) =>
    void socket.end(Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\n\r\n`), body]))

/** The extension that is reported, and the code with which the body fails. */
async function openAt(
  answer: AnswerRequest,
): Promise<readonly [extension: string | undefined, code: string | undefined]> {
  await using provider = await startProvider(answer)
  let extension: string | undefined
  const onFile = (found: string): void => {
    extension = found
  }
  const request = { ...requestOptions(), url: provider.url('/get?id=5'), variantLimits: {}, ffmpeg: undefined, onFile }
  const opened = await openMedia(request)
  const read = collect(opened.body)
  const code = await read.then(
    () => undefined,
    async () => (await failureOf(read)).code,
  )
  await opened.close()
  return [extension, code]
}

test.each<[string, AnswerRequest, string]>([
  ['MP4', withLength(MP4), 'mp4'],
  ['MP4 under the type of a transport stream', withLength(MP4, 'video/mp2t'), 'mp4'],
  ['Matroska', withLength(MKV), 'mkv'],
  ['Matroska under the type of MP4', withLength(MKV, 'video/mp4'), 'mkv'],
  ['bytes that say nothing under the type of WebM', withLength(ODD, 'video/webm; codecs="vp9"'), 'webm'],
])('%s with a length is a file, which is not read', async (_, answer, extension) => {
  expect(await openAt(answer)).toEqual([extension, 'single-file'])
})

test.each<[string, AnswerRequest]>([
  ['MP4 without a length', endless(MP4)],
  ['bytes that say nothing, without a type', withLength(ODD)],
  ['a transport stream with a length', withLength(LIVE, 'video/mp4')],
])('%s is not a file', async (_, answer) => {
  expect(await openAt(answer)).toEqual([undefined, undefined])
})
