import { describe, expect, test } from '@jest/globals'
import { showsLogin } from './shown-login.ts'

describe('showsLogin', () => {
  test.each([
    'http://u:p@h/l.png',
    'http://h/l.png?username=u&x=1',
    'http://h/l.png?usr=u',
    'http://h/l.png?u=u1&p=p1',
    'http://p/live/U/P/1.png',
    'http://p:8080/live/U/P/1.ts',
    'http://p/live/joe7711/pass8888/logo.png',
    'http://p/xmltv/U/P',
    'http://p/xmltv/live/U/P/1.ts',
    'http://p/timeshift/U/P/{duration}/{start}/1.ts',
    '/timeshift/U/P/60/1.ts',
    'http://p/playlist/U/P/m3u_plus',
    'http://resize.example/?url=http://p/live/U/P/1.png',
    'http://resize.example/?url=http%3A%2F%2Fp%2Flive%2FU%2FP%2F1.png',
    'http://g/a.xml,http://p/movie/U/P/1.jpg',
  ])('%s: yes', (text) => {
    expect(showsLogin(text)).toBe(true)
  })

  test.each([
    'http://h/images/tv/logo.png',
    'http://h/live/logos/bbc.png',
    'http://h/live/logos/bbc/1.png',
    'http://h/series/posters/big/1.jpg',
    'http://h/movie/2024/05/12.jpg',
    'http://h/c/c5/Logo.svg',
    'https://upload.example/wikipedia/commons/thumb/c/c5/Logo.svg/60px-Logo.svg.png',
    'http://h/epg/uk.xml.gz',
    'http://h/l.png?p=2',
    'http://h/l.png?u=2',
    'News / live / late',
    '?utc={utc}',
    '100% TV',
  ])('%s: no', (text) => {
    expect(showsLogin(text)).toBe(false)
  })

  // Folders of large services in the place where a panel has its keyword.
  test.each([
    'https://static.example.com/epg/cms/production/0a1b2c3d-0000-4000-8000-000000000000/Channel_LOGO.png',
    'https://static.example.com/hls/brand/colour/one.png',
    'https://static.example.com/playlist/art/square/one.jpg',
    'https://static.example.com/live/brand/colour/one.png',
    'https://static.example.com/c/brand/colour/77.png',
    'https://guide.example.com/get/europe/western/guide.xml.gz',
    'https://guide.example.com/xmltv/europe/western/guide.xml',
  ])('%s: no, folders prove nothing', (text) => {
    expect(showsLogin(text)).toBe(false)
  })
})
