import { expect, test } from '@jest/globals'
import { createLoginMemory } from './login-memory.ts'

test.each([
  'http://p/live/joe/wo%20rd/1.ts',
  'http://p:80/joe/wo%20rd/1',
  'http://p/joe/wo%20rd/1.m3u8?x=1',
  'http://joe:wo%20rd@p/x.ts',
  'http://p/play.php?username=joe&password=wo%20rd&id=1',
])('%s reveals a login', (address) => {
  const logins = createLoginMemory()
  expect(logins.holds('http://c/joe/wo%20rd/77.png')).toBe(false)
  logins.learn(address)
  for (const text of [
    'http://c/joe/wo%20rd/77.png',
    'http://c/images/joe/wo rd/1.png',
    'http://c/l.png?a=joe&b=wo%20rd',
    'http://resize.example/?url=http%3A%2F%2Fc%2Fjoe%2Fwo%2520rd%2F1.png',
  ]) {
    expect({ text, holds: logins.holds(text) }).toEqual({ text, holds: true })
  }
  for (const text of ['http://c/joe/1.png', 'http://c/wo%20rd/1.png', 'http://c/images/tv/logo.png', 'joe wo rd']) {
    expect({ text, holds: logins.holds(text) }).toEqual({ text, holds: false })
  }
})

test.each([
  'http://p/images/tv/5.ts',
  'http://p/a/b/c/5.ts',
  'http://p/joe/word/one.ts',
  'no address',
  'http://p/%/%/5',
])('%s reveals no login', (address) => {
  const logins = createLoginMemory()
  logins.learn(address)
  expect(logins.holds('http://c/images/tv/joe/word/a/b/logo.png')).toBe(false)
})

test('forgets the logins of a list after the first thousand', () => {
  const logins = createLoginMemory()
  for (let number = 0; number < 2000; number++) logins.learn(`http://p/live/u${number}/p${number}/1.ts`)
  expect([999, 1000].map((number) => logins.holds(`http://c/u${number}/p${number}/1.png`))).toEqual([true, false])
})
