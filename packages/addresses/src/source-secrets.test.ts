import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { hideSecrets, holdsSealed, openSecrets, sealSecrets, withoutSealed } from './seal.ts'
import { findSecrets, findSecretsInWords } from './source-secrets.ts'

describe('findSecrets', () => {
  test.each<[string, string[]]>([
    ['http://joe:word@a.example/l.m3u', ['joe', 'word']],
    ['http://a.example/get.php?username=joe&password=word&type=m3u_plus&output=ts', ['joe', 'word']],
    ['http://a.example/l?Token=abc&api_key=def&auth=ghi&page=2', ['abc', 'def', 'ghi']],
    ['http://a.example/live/joe/word/12.ts', ['joe', 'word']],
    ['http://a.example/joe/word/12', ['joe', 'word']],
    ['http://a.example/joe/word/12.m3u8', ['joe', 'word']],
    ['http://a.example/playlist/joe/word/m3u_plus', ['joe', 'word']],
    ['http://a.example/joe555/p4ssw0rd/list.m3u', ['joe555', 'p4ssw0rd']],
    ['http://a.example/p/4f9c2a7be81d4c5f9a6b/list.m3u', ['4f9c2a7be81d4c5f9a6b']],
    ['https://raw.example/Free-TV/IPTV/master/playlist.m3u8', []],
    ['http://a.example/l?type=m3u&output=ts', []],
    ['no address', []],
  ])('%s', (url, expected) => {
    expect(findSecrets(url)).toEqual(expected)
  })

  test('other spellings follow the written one', () => {
    expect(findSecrets('http://a.example/?password=p%40s%2fs')).toEqual(['p%40s%2fs', 'p@s/s', 'p%40s%2Fs'])
  })
})

describe('secrets in words', () => {
  test.each([
    ['http://joe:word@a.example/l.m3u', ['word']],
    ['http://a.example/l?username=jonathan&pin=1', ['jonathan']],
    ['http://a.example/l?u=joe&p=wxyz', ['wxyz']],
    ['http://a.example/l?p=1&token=abc&key=abcdef', ['abcdef']],
    ['http://a.example/live/joe/word/1.ts', ['word']],
    ['http://a.example/l.m3u', []],
    ['no address', []],
  ])('%s', (url, expected) => {
    expect(findSecretsInWords(url)).toEqual(expected)
  })

  test('are hidden for good, short ones if they stand alone', () => {
    expect(hideSecrets('1 of 12: jonathan, {secret-1}', ['jonathan', '1'])).toBe(
      '… of 12: …, {secret-1}'.replace('-1', '-…'),
    )
    expect(hideSecrets('nothing', [])).toBe('nothing')
  })
})

describe('sealSecrets', () => {
  const secrets = ['joe', 'long-word']

  test.each([
    ['http://a.example/live/joe/long-word/1.ts', 'http://a.example/live/{secret-1}/{secret-2}/1.ts'],
    ['http://a.example/?u=joe&x=joe', 'http://a.example/?u={secret-1}&x={secret-1}'],
    ['a short secret inside a word stays: joelle', 'a short secret inside a word stays: joelle'],
    ['xlong-wordx', 'x{secret-2}x'],
  ])('%s', (text, expected) => {
    expect(sealSecrets(text, secrets)).toBe(expected)
    expect(holdsSealed(expected)).toBe(expected !== text)
    expect(openSecrets(expected, secrets)).toBe(text)
    expect(withoutSealed(expected)).not.toMatch(/secret-\d/)
  })

  test('a hostile entry does not obtain the password', () => {
    const sealed = sealSecrets('http://evil.example/{secret-1}/{secret-2}', secrets)
    expect(openSecrets(sealed, secrets)).toBe('http://evil.example/%7Bsecret-1}/%7Bsecret-2}')
  })

  test('the longer secret wins if it contains the other', () => {
    expect(sealSecrets('wordword2 wordword', ['wordword', 'wordword2'])).toBe('{secret-2} {secret-1}')
  })

  test('a placeholder without a secret stays', () => {
    expect(openSecrets('{secret-0} {secret-3} {secret-x}', secrets)).toBe('{secret-0} {secret-3} {secret-x}')
  })

  const nasty = fc.string({
    unit: fc.constantFrom('{', '}', '-', 's', 'secret', '{secret-', '1', '2', 'joe', '/', '%7B', '$&', '\\'),
  })
  const secretLists = fc.array(fc.oneof(nasty, fc.string()), { maxLength: 5 })

  test('opening restores the text, except for foreign placeholders', () => {
    fc.assert(
      fc.property(fc.oneof(nasty, fc.string()), secretLists, (text, list) => {
        const opened = openSecrets(sealSecrets(text, list), list)
        const harmless = (value: string) => value.replaceAll('%7Bsecret-', '{secret-')
        expect(harmless(opened)).toBe(harmless(text))
      }),
      { numRuns: 2_000 },
    )
  })

  test('a text without secrets stays without them', () => {
    fc.assert(
      fc.property(nasty, (text) => {
        const list = ['CANARY-user', 'CANARY-word']
        expect(openSecrets(sealSecrets(text, list), list)).not.toContain('CANARY')
      }),
      { numRuns: 2_000 },
    )
  })

  test('no long secret is left in a sealed text', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (before, after) => {
        expect(sealSecrets(`${before}CANARY-word${after}`, ['CANARY-word'])).not.toContain('CANARY-word')
      }),
    )
  })
})
