import { spawn } from 'node:child_process'
import { describe, expect, jest, test } from '@jest/globals'
import { eventually, hasPrograms } from '@kptv/testkit'
import { readMedia } from '../test-support/read-media.ts'
import { startProvider } from '../test-support/start-provider.ts'
import { toneOf, tracksOf } from '../test-support/two-languages.ts'
import { findFfmpeg } from './index.ts'

jest.setTimeout(60_000)

const ffmpeg = findFfmpeg('auto', process.env.PATH ?? '')
const describeWithFfmpeg = hasPrograms('ffmpeg', 'ffprobe') ? describe : describe.skip

/** A tag of ID3 with an image of one pixel, as programs put it before music. */
function coverTag(): Buffer {
  const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
  const image = Buffer.concat([Buffer.from('\0image/png\0\x03\0', 'latin1'), Buffer.from(png, 'base64')])
  const header = Buffer.from('ID3\x03\0\0\0\0\0\0APIC\0\0\0\0\0\0', 'latin1')
  header.writeUInt32BE(image.length, 14)
  header.writeUInt16BE(((image.length + 10) & 0x7f) | (((image.length + 10) >> 7) << 8), 8)
  return Buffer.concat([header, image])
}

/** A station that sends what ffmpeg encodes, at its pace. */
const startStation = (status: string, type: string, encode: readonly string[], before: Uint8Array = new Uint8Array()) =>
  startProvider((_request, socket) => {
    socket.write(`${status}\r\nicy-name: One\r\nContent-Type: ${type}\r\n\r\n`)
    socket.write(before)
    const tone = ['-v', 'error', '-re', '-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=44100']
    const encoder = spawn('ffmpeg', [...tone, ...encode, '-flush_packets', '1', 'pipe:1'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    encoder.stdout.pipe(socket)
    socket.once('close', () => encoder.kill('SIGKILL'))
  })

describeWithFfmpeg('radio comes out as a transport stream', () => {
  test.each([
    ['MP3', 'HTTP/1.0 200 OK', 'audio/mpeg', ['-c:a', 'libmp3lame', '-b:a', '128k', '-f', 'mp3'], 'mp3'],
    ['MP3 without HTTP', 'ICY 200 OK', 'audio/mpeg', ['-c:a', 'libmp3lame', '-b:a', '128k', '-f', 'mp3'], 'mp3'],
    ['AAC', 'HTTP/1.1 200 OK', 'audio/aacp', ['-c:a', 'aac', '-f', 'adts'], 'aac'],
    ['Ogg', 'HTTP/1.1 200 OK', 'application/ogg', ['-c:a', 'libvorbis', '-f', 'ogg'], 'aac'],
  ])('%s', async (_name, status, type, encode, codec) => {
    await using station = await startStation(status, type, encode)
    await using media = await readMedia(station.url('/radio'), { ffmpeg })
    await eventually('three seconds', () => media.error() ?? media.bytes().length > 40_000, { deadlineMs: 30_000 })
    expect([media.error(), media.inputs(), media.bytes()[0]]).toEqual([undefined, 1, 0x47])
    expect((await tracksOf(media.bytes())).map(({ codec_name }) => codec_name)).toEqual([codec])
    expect(Math.abs((await toneOf(media.bytes(), 0)) - 440)).toBeLessThan(20)
  })

  test('MP3 behind a cover image, without that image', async () => {
    const encode = ['-c:a', 'libmp3lame', '-b:a', '128k', '-f', 'mp3']
    await using station = await startStation('HTTP/1.1 200 OK', 'audio/mpeg', encode, coverTag())
    await using media = await readMedia(station.url('/radio'), { ffmpeg })
    await eventually('three seconds', () => media.error() ?? media.bytes().length > 40_000, { deadlineMs: 30_000 })
    expect((await tracksOf(media.bytes())).map(({ codec_name }) => codec_name)).toEqual(['mp3'])
  })
})
