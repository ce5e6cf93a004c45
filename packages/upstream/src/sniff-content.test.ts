import { describe, expect, test } from '@jest/globals'
import { SNIFF_LIMIT_BYTES, sniffContent } from './sniff-content.ts'

const packets = (count: number, size = 188, fill = 0xaa): Buffer =>
  Buffer.concat(Array.from({ length: count }, () => Buffer.concat([Buffer.from([0x47]), Buffer.alloc(size - 1, fill)])))

/** Frames with a given four-byte header, each of its full length. */
const frames = (header: number[], lengthBytes: number, count = 3): Buffer =>
  Buffer.concat(
    Array.from({ length: count }, () =>
      Buffer.concat([Buffer.from(header), Buffer.alloc(lengthBytes - header.length)]),
    ),
  )

/** Of ten bytes behind its header. */
const ID3 = Buffer.from('ID3\x04\0\0\0\0\0\x0a0123456789', 'latin1')

describe('recognised by the bytes', () => {
  test.each([
    ['packets', packets(5), 'transport-stream'],
    ['packets of 192 bytes', Buffer.concat([Buffer.alloc(4), packets(6, 192)]), 'transport-stream'],
    ['packets of 204 bytes', packets(5, 204), 'transport-stream'],
    [
      'packets after junk',
      Buffer.concat([Buffer.alloc(1000, 0x47), Buffer.from('junk'), packets(6)]),
      'transport-stream',
    ],
    ['packets that start in the middle', packets(7).subarray(100), 'transport-stream'],
    ['a playlist', Buffer.from('#EXTM3U\n#EXT-X-VERSION:3\n'), 'hls'],
    ['a playlist after a byte order mark', Buffer.from('\ufeff#EXTM3U\r\n'), 'hls'],
    ['a playlist after blank lines', Buffer.from('\n \n#EXTM3U\n'), 'hls'],
    ['a page', Buffer.from('<!DOCTYPE html><html>'), 'html'],
    ['a page without doctype', Buffer.from('\r\n<HTML><body>'), 'html'],
    ['XML', Buffer.from('<?xml version="1.0"?><MPD>'), 'html'],
    ['an object', Buffer.from('{"user_info":{"auth":0}}'), 'json'],
    ['a list', Buffer.from('[{"error":1}]'), 'json'],
    ['an empty list', Buffer.from('[]'), 'json'],
    ['FLV', Buffer.from('FLV\x01\x05', 'latin1'), 'flv'],
    ['MP4', Buffer.from('\x00\x00\x00\x18ftypisom', 'latin1'), 'mp4'],
    ['MP4 whose header comes last', Buffer.from('\x00\x00\x00\x08wide\x00\x00', 'latin1'), 'mp4'],
    ['Matroska', Buffer.from('\x1a\x45\xdf\xa3\x01', 'latin1'), 'matroska'],
    ['AVI', Buffer.from('RIFF\0\0\0\0AVI LIST', 'latin1'), 'avi'],
    ['ASF', Buffer.from('3026b2758e66cf11a6d9', 'hex'), 'asf'],
    ['a fragment of MP4', Buffer.from('\x00\x00\x00\x18styp', 'latin1'), 'mp4'],
    ['MP3, 128 kbit/s, 44.1 kHz', frames([0xff, 0xfb, 0x90, 0x00], 417), 'mpeg-audio'],
    ['MP3 of MPEG-2, 64 kbit/s, 22.05 kHz', frames([0xff, 0xf3, 0x80, 0x00], 208), 'mpeg-audio'],
    ['layer II, 192 kbit/s, 48 kHz', frames([0xff, 0xfd, 0xa4, 0x00], 576), 'mpeg-audio'],
    ['layer I, 384 kbit/s, 48 kHz', frames([0xff, 0xff, 0xc4, 0x00], 384), 'mpeg-audio'],
    ['ADTS', frames([0xff, 0xf1, 0x50, 0x80, 0x19, 0xff, 0xfc], 207), 'mpeg-audio'],
    ['a tag of ID3', Buffer.concat([ID3, Buffer.alloc(1_100)]), 'mpeg-audio'],
    [
      'audio behind a tag of ID3 that looks like packets',
      Buffer.concat([Buffer.from('ID3\x03\0\0\0\0\x20\0', 'latin1'), Buffer.alloc(4_096, 0x47), Buffer.alloc(1_100)]),
      'mpeg-audio',
    ],
    ['packets behind a tag of ID3', Buffer.concat([ID3, packets(6)]), 'transport-stream'],
  ])('%s', (_name, bytes, kind) => {
    expect(sniffContent(bytes)).toBe(kind)
    expect(sniffContent(bytes, { contentType: 'text/html' })).toBe(kind)
  })
})

test.each([
  ['nothing', Buffer.alloc(0)],
  ['four packets', packets(4)],
  ['a playlist that has hardly begun', Buffer.from('#EXT')],
  ['a lonely audio sync', frames([0xff, 0xfb, 0x90, 0x00], 417, 1)],
  ['0x47 out of step', Buffer.concat([packets(3), Buffer.from([1]), packets(3)])],
  ['braces before bytes', Buffer.from([0x7b, 0x22, 0, 1, 2])],
])('%s is undecided, and unknown when nothing more arrives', (_name, bytes) => {
  expect(sniffContent(bytes)).toBe('unknown-yet')
  expect(sniffContent(bytes, { contentType: 'video/mp2t' })).toBe('unknown-yet')
  expect(sniffContent(bytes, { complete: true })).toBe('unknown')
})

test('gives up at the limit', () => {
  expect(sniffContent(Buffer.alloc(SNIFF_LIMIT_BYTES - 1))).toBe('unknown-yet')
  expect(sniffContent(Buffer.alloc(SNIFF_LIMIT_BYTES))).toBe('unknown')
})

test.each([
  ['text/html; charset=utf-8', 'html'],
  ['application/json', 'json'],
  ['application/problem+json', 'json'],
  ['image/jpeg', 'image'],
  ['video/mp2t', 'unknown'],
  ['application/vnd.apple.mpegurl', 'unknown'],
])('for inconclusive bytes, the type %s means %s', (contentType, kind) => {
  expect(sniffContent(Buffer.from('Sorry'), { contentType, complete: true })).toBe(kind)
})

test('every prefix of a stream is recognised or undecided, never something else', () => {
  const stream = packets(8)
  for (let length = 0; length <= stream.length; length += 1) {
    expect(['unknown-yet', 'transport-stream']).toContain(sniffContent(stream.subarray(0, length)))
  }
})

describe('an image counts as one only when no transport stream follows it', () => {
  test.each([
    ['JPEG', Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 16]), 'image'],
    ['PNG', Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), 'image'],
    ['GIF', Buffer.from('GIF89a'), 'image'],
    ['WebP', Buffer.from('RIFF\x0a\x00\x00\x00WEBPVP8 ', 'latin1'), 'image'],
    ['BMP', Buffer.from('BM\x3a\0\0\0\0\0\0\0', 'latin1'), 'image'],
  ])('%s', (_name, bytes, kind) => {
    expect(sniffContent(bytes)).toBe('unknown-yet')
    expect(sniffContent(bytes, { complete: true })).toBe(kind)
    const packets = Buffer.from(`\x47${'\0'.repeat(187)}`.repeat(6), 'latin1')
    expect(sniffContent(Buffer.concat([bytes, packets]))).toBe('transport-stream')
  })
})

test.each([
  ['[playlist]\nFile1=x', 'address-list'],
  ['<ASX version="3">', 'address-list'],
  ['<?xml version="1.0"?>\n<playlist>', 'address-list'],
  ['<?xml version="1.0"?>\n<tv>', 'html'],
  ['<?xml version="1.0"?>\n', 'unknown-yet'],
  ['http://tv.example/live', 'address-list'],
  ['OggS\0\x02', 'ogg'],
])('%j is %s', (text, kind) => {
  expect(sniffContent(Buffer.from(text, 'latin1'))).toBe(kind)
})
