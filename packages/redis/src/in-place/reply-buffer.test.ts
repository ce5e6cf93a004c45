import { describe, expect, test } from '@jest/globals'
import { createRandom } from '@kptv/testkit'
import { ReplyBuffer } from './reply-buffer.ts'
import { replyEnd } from './reply-end.ts'

function message(bytes: Buffer): Buffer {
  const head = `>3\r\n$8\r\nsmessage\r\n$7\r\nchannel\r\n$${bytes.length}\r\n`
  return Buffer.concat([Buffer.from(head), bytes, Buffer.from('\r\n')])
}

describe('the end of a reply', () => {
  test.each([
    ['a line', '+OK\r\n'],
    ['an empty line', '+\r\n'],
    ['an error', '-MOVED 7 127.0.0.1:1\r\n'],
    ['a number', ':-12\r\n'],
    ['null', '_\r\n'],
    ['a truth', '#t\r\n'],
    ['a double', ',-1.5e3\r\n'],
    ['a big number', '(123456789012345678901234567890\r\n'],
    ['a string', '$5\r\na\r\nbc\r\n'],
    ['an empty string', '$0\r\n\r\n'],
    ['no string', '$-1\r\n'],
    ['an error with a length', '!5\r\nERR x\r\n'],
    ['a verbatim string', '=7\r\ntxt:a\r\n\r\n'],
    ['an empty array', '*0\r\n'],
    ['no array', '*-1\r\n'],
    ['arrays in an array', '*3\r\n*2\r\n:1\r\n$1\r\nx\r\n*0\r\n*1\r\n_\r\n'],
    ['a set', '~2\r\n+a\r\n+b\r\n'],
    ['a map in a map', '%2\r\n+a\r\n:1\r\n+b\r\n%1\r\n+c\r\n*1\r\n:2\r\n'],
    ['a push', '>3\r\n$10\r\nssubscribe\r\n$1\r\nx\r\n:1\r\n'],
    ['an attribute and its value', '|1\r\n+ttl\r\n:9\r\n*1\r\n$1\r\nx\r\n'],
  ])('%s', (_, text) => {
    const reply = Buffer.from(text)
    const bytes = Buffer.concat([Buffer.from('+first\r\n'), reply, Buffer.from('+next\r\n')])
    expect(replyEnd(bytes, 8)).toBe(8 + reply.length)
    for (let length = 0; length < reply.length; length++) expect(replyEnd(reply.subarray(0, length), 0)).toBeUndefined()
  })
})

describe('a buffer of replies', () => {
  test('hands on whole replies only, in order, however they are cut', () => {
    const { below: random } = createRandom(7)
    for (let round = 0; round < 50; round++) {
      const sizes = Array.from({ length: 20 }, () => random(4) * random(60_000))
      const all = Buffer.concat(sizes.map((size, index) => message(Buffer.alloc(size, index + 1))))
      const buffer = new ReplyBuffer()
      const out: Buffer[] = []
      for (let at = 0; at < all.length; ) {
        const length = Math.min(1 + random(round % 2 === 0 ? 100_000 : 300_000), buffer.room.length, all.length - at)
        all.copy(buffer.room, 0, at, at + length)
        at += length
        buffer.take(length, (replies) => {
          expect(isWhole(replies)).toBe(true)
          out.push(Buffer.from(replies))
        })
      }
      expect(Buffer.concat(out).equals(all)).toBe(true)
    }
  })

  test('grows for a reply that does not fit, and keeps what it had of it', () => {
    const large = message(Buffer.alloc(3_000_000, 'x'))
    const buffer = new ReplyBuffer()
    let got = Buffer.alloc(0)
    for (let at = 0; at < large.length; ) {
      const length = large.copy(buffer.room, 0, at)
      at += length
      buffer.take(length, (replies) => {
        got = Buffer.from(replies)
      })
    }
    expect(got.equals(large)).toBe(true)
  })

  test('allocates nothing for replies that fit: all of them lie in the same memory', () => {
    const buffer = new ReplyBuffer()
    const memories = new Set<unknown>()
    for (let count = 0; count < 100; count++) {
      const bytes = message(Buffer.alloc(60_000, count))
      for (const part of [bytes.subarray(0, 50_000), bytes.subarray(50_000)]) {
        part.copy(buffer.room)
        buffer.take(part.length, (replies) => memories.add(replies.buffer))
      }
    }
    expect(memories.size).toBe(1)
  })
})

function isWhole(replies: Buffer): boolean {
  let at: number | undefined = 0
  while (at !== undefined && at < replies.length) at = replyEnd(replies, at)
  return at === replies.length
}
