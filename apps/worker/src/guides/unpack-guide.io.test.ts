import { spawnSync } from 'node:child_process'
import { expect, test } from '@jest/globals'
import { unpackGuide } from './unpack-guide.ts'

const GUIDE = `<?xml version="1.0"?><tv>${'<programme start="20260101" channel="a"><title>A</title></programme>'.repeat(500)}</tv>`
const hasXz = spawnSync('xz', ['--version']).error === undefined
if (!hasXz) console.log('xz is not installed, so no guide is compressed by it')
const testWithXz = hasXz ? test : test.skip

/** What comes out of a file that arrives in pieces of some bytes. */
async function unpacked(file: Buffer, pieceBytes = 1000, program?: string): Promise<string> {
  async function* pieces() {
    for (let at = 0; at < file.length; at += pieceBytes) yield file.subarray(at, at + pieceBytes)
  }
  return Buffer.concat(await Array.fromAsync(unpackGuide(pieces(), program))).toString()
}

const packedByXz = () => spawnSync('xz', ['--stdout'], { input: GUIDE }).stdout

test.each([1, 5, 1000])('plain text comes through in pieces of %d bytes', async (pieceBytes) => {
  expect(await unpacked(Buffer.from(GUIDE), pieceBytes)).toBe(GUIDE)
  expect(await unpacked(Buffer.from('<tv>'), pieceBytes)).toBe('<tv>')
  expect(await unpacked(Buffer.alloc(0), pieceBytes)).toBe('')
})

testWithXz('a file of xz is unpacked, one of several streams too', async () => {
  for (const pieceBytes of [1, 7, 1000]) expect(await unpacked(packedByXz(), pieceBytes)).toBe(GUIDE)
  expect(await unpacked(Buffer.concat([packedByXz(), packedByXz()]))).toBe(GUIDE + GUIDE)
})

testWithXz('a file of xz that is cut off or damaged is refused', async () => {
  const whole = packedByXz()
  const damaged = Buffer.from(whole)
  damaged.fill(0xff, 40, 60)
  for (const file of [whole.subarray(0, -20), damaged])
    await expect(unpacked(file)).rejects.toMatchObject({ code: 'xz-damaged', message: expect.stringContaining('xz') })
})

test('without the program xz, the reason names it', async () => {
  const file = Buffer.concat([Buffer.from('fd377a585a00', 'hex'), Buffer.alloc(200_000)])
  await expect(unpacked(file, 1000, 'no-such-program')).rejects.toMatchObject({
    code: 'xz-not-installed',
    message: expect.stringContaining('program xz is not installed'),
  })
})

test.each([
  ['guide-is-zip', Buffer.concat([Buffer.from('PK\x03\x04'), Buffer.from(GUIDE)])],
  ['guide-is-zip', Buffer.from('PK\x05\x06'.padEnd(22, '\0'))],
  ['guide-is-7z', Buffer.from('377abcaf271c0004', 'hex')],
  ['guide-is-bzip2', Buffer.from('425a68393141592653590000', 'hex')],
])('%s: the reason names the kind of file', async (code, file) => {
  for (const pieceBytes of [1, 1000])
    await expect(unpacked(file, pieceBytes)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(code.slice(9)),
    })
})
