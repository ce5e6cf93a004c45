import { expect, test } from '@jest/globals'
import { holdsLogin } from './url-credentials.ts'

test.each([
  'http://u:p@h/l.png',
  'http://h/l.png?username=u&x=1',
  'http://h/l.png?usr=u',
  'http://h/l.png?u=u1&p=p1',
  'http://p/live/U/P/logo.png',
  'http://p:8080/live/U/P/1.ts',
  'http://p/xmltv/U/P',
  'http://p/xmltv/live/U/P?x=1',
  'http://p/epg/U/P/guide.xml',
  'http://p/timeshift/U/P/{duration}/{start}/1.ts',
  '/timeshift/U/P/60/1.ts',
  'http://p/playlist/U/P/m3u_plus',
  'http://p/get/U/P',
  'http://p/c/U/P/1.png',
  'http://resize.example/?url=http://p/live/U/P/1.png',
  'http://resize.example/?url=http%3A%2F%2Fp%2Flive%2FU%2FP%2F1.png',
  'http://g/a.xml,http://p/movie/U/P/1.jpg',
])('%s shows a login', (text) => {
  expect(holdsLogin(text)).toBe(true)
})

test.each([
  'http://h/images/tv/logo.png',
  'http://h/live/logos/bbc.png',
  'http://h/live/logos/bbc/1.png',
  'http://h/series/posters/big/1.jpg',
  'http://h/c/c5/Logo.svg',
  'https://upload.example/wikipedia/commons/thumb/c/c5/Logo.svg/60px-Logo.svg.png',
  'http://h/epg/uk.xml.gz',
  'http://h/l.png?p=2',
  'http://h/l.png?u=2',
  'News / live / late',
  '?utc={utc}',
  '100% TV',
])('%s shows none', (text) => {
  expect(holdsLogin(text)).toBe(false)
})
