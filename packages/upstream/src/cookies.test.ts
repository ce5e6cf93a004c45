import { expect, test } from '@jest/globals'
import { createCookies } from './cookies.ts'

test.each([
  ['a=1', 'http://tv.example/x', 'a=1'],
  ['a=1; Path=/; HttpOnly', 'http://tv.example/x', 'a=1'],
  ['a=', 'http://tv.example/', 'a='],
  ['a=x=y', 'http://tv.example/', 'a=x=y'],
  ['a=1', 'http://cdn.tv.example/', undefined],
  ['a=1', 'http://other.example/', undefined],
  ['a=1; Domain=tv.example', 'http://cdn.tv.example/', 'a=1'],
  ['a=1; domain=.tv.example', 'http://cdn.tv.example/', 'a=1'],
  ['a=1; Domain=tv.example', 'http://eviltv.example/', undefined],
  ['a=1; Domain=example', 'http://tv.example/', undefined],
  ['a=1; Domain=other.example', 'http://tv.example/', undefined],
  ['a=1; Path=/live', 'http://tv.example/', undefined],
  ['a=1; Path=/live', 'http://tv.example/live/1.ts', 'a=1'],
  ['a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT', 'http://tv.example/', undefined],
  ['a=1; Secure', 'http://tv.example/', undefined],
  ['a=1; Max-Age=0', 'http://tv.example/', undefined],
  ['a=1\r\nX: y', 'http://tv.example/', undefined],
  ['a b=1', 'http://tv.example/', undefined],
  ['novalue', 'http://tv.example/', undefined],
  [`a=${'x'.repeat(5_000)}`, 'http://tv.example/', undefined],
])('%j set by tv.example is sent to %s as %s', (line, url, sent) => {
  const cookies = createCookies()
  cookies.store(new URL('http://tv.example/start'), [line])
  expect(cookies.forUrl(new URL(url))).toBe(sent)
})

test('a later value replaces an earlier one, deletion removes it, others stay', () => {
  const cookies = createCookies()
  const url = new URL('http://tv.example/')
  cookies.store(url, ['a=1', 'b=2'])
  cookies.store(url, ['a=3'])
  expect(cookies.forUrl(url)).toBe('a=3; b=2')
  cookies.store(url, ['b=; Max-Age=-1'])
  expect(cookies.forUrl(url)).toBe('a=3')
})

test('a secure cookie is sent by TLS only', () => {
  const cookies = createCookies()
  cookies.store(new URL('https://tv.example/'), ['a=1; Secure'])
  expect(cookies.forUrl(new URL('http://tv.example/'))).toBeUndefined()
  expect(cookies.forUrl(new URL('https://tv.example/'))).toBe('a=1')
})

test('a flood of cookies is bounded', () => {
  const cookies = createCookies()
  const url = new URL('http://tv.example/')
  cookies.store(
    url,
    Array.from({ length: 1_000 }, (_, number) => `c${number}=1`),
  )
  expect(cookies.forUrl(url)?.split('; ')).toHaveLength(50)
})
