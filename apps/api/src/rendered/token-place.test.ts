import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { expect, test } from '@jest/globals'
import { writeChannel } from '@kptv/guide'
import { renderChannel, renderHeader } from '@kptv/playlist'
import { createLinks, TOKEN_PLACE } from '../http/links.ts'
import { fillInToken, tagWithToken } from './token-place.ts'

const rendered = `start ${TOKEN_PLACE}/a ${TOKEN_PLACE}${TOKEN_PLACE} ${TOKEN_PLACE.slice(0, -1)} ä end${TOKEN_PLACE}`
const filled = `start T/a TT ${TOKEN_PLACE.slice(0, -1)} ä endT`

test('the token is filled in at each place, wherever the text is cut', async () => {
  const bytes = Buffer.from(rendered)
  for (let size = 1; size <= bytes.length; size += 1) {
    const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
      bytes.subarray(at * size, (at + 1) * size),
    )
    expect(await text(Readable.from(chunks).pipe(fillInToken('T')))).toBe(filled)
  }
})

test('the tag of a text differs by token without revealing it', () => {
  const tags = ['secret-one', 'secret-two', undefined].map((token) => tagWithToken('"7-abc"', token))
  expect(new Set(tags).size).toBe(3)
  expect(tags[2]).toBe('"7-abc"')
  expect(tags[0]).toMatch(/^"7-abc-[\w-]{8}"$/)
  expect(tags.join()).not.toContain('secret')
})

test('every writer of links leaves the place untouched', () => {
  const links = createLinks(`http://a/link/${TOKEN_PLACE}`)
  const attributes = [['tvg-logo', links.logo('b')] as const]
  const written = [
    renderHeader({ epgUrls: [links.guide({ group: 'c d' })] }),
    renderChannel({ name: 'B', attributes }, links.stream('b')),
    writeChannel({ id: 'b', names: ['B'], icon: links.logo('b') }),
  ]
  expect(written.map((text) => text.split(TOKEN_PLACE).length - 1)).toEqual([2, 2, 1])
})
