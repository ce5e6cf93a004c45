import { expect, test } from '@jest/globals'
import { findHeaderSecrets } from './header-secrets.ts'

test.each<[string, string, string[]]>([
  ['User-Agent', 'VLC/3.0.20', []],
  ['Referer', 'https://one.example/', []],
  ['Referer', 'https://one.example/?token=TOKEN1', ['TOKEN1']],
  ['Authorization', 'Bearer TOKEN1', ['Bearer TOKEN1', 'TOKEN1']],
  ['authorization', `Basic ${btoa('joe7:word')}`, [`Basic ${btoa('joe7:word')}`, btoa('joe7:word'), 'joe7', 'word']],
  ['Cookie', 'id=COOKIE1; theme=x', ['id=COOKIE1; theme=x', 'COOKIE1']],
  ['X-Whatever', 'KEY-1', ['KEY-1']],
  ['X-Short', '1', []],
])('%s: %s', (name, value, expected) => {
  expect(findHeaderSecrets([[name, value]])).toEqual(expected)
})
