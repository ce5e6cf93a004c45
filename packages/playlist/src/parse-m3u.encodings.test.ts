import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { charsetInComment, charsetOf, charsetOfContentType } from './charset.ts'
import { createM3uParser, type M3uParserOptions } from './parse-m3u.ts'

/** Text → bytes of an encoding, by inverting its decoder. */
function encode(text: string, charset: string): Uint8Array {
  const decoder = new TextDecoder(charset)
  const table = new Map<string, readonly number[]>()
  for (let first = 0; first < 256; first++) {
    table.set(decoder.decode(new Uint8Array([first])), [first])
    if (first < 0x80) continue
    for (let second = 0x30; second < 256; second++) {
      const sign = decoder.decode(new Uint8Array([first, second]))
      if ([...sign].length === 1 && !table.has(sign)) table.set(sign, [first, second])
    }
  }
  return new Uint8Array([...text].flatMap((sign) => table.get(sign) ?? [0x3f]))
}

const list = (names: readonly string[], head = '#EXTM3U') =>
  [head, ...names.flatMap((name, index) => [`#EXTINF:-1 group-title="${name}",${name}`, `http://t/${index}.ts`])].join(
    '\n',
  )

function namesOf(bytes: Uint8Array, options: M3uParserOptions = {}): string[] {
  const parser = createM3uParser(options)
  return [...parser.push(bytes), ...parser.end()].map(({ name }) => name)
}

const SCRIPTS = {
  russian: 'Россия 24,Первый канал,НТВ,Матч ТВ,Культура,Звезда,Домашний,Карусель,Новости,Развлечения,Детские передачи',
  greek: 'Ελληνική Τηλεόραση,Ειδήσεις,Αθλητικά,Ψυχαγωγία,Μουσική,Παιδικά,Κινηματογράφος',
  arabic: 'قناة الجزيرة,الأخبار,رياضة,أطفال,أفلام عربية,القرآن الكريم',
  mainland: '中央电视台,湖南卫视,浙江卫视,东方卫视,北京卫视,江苏卫视,广东卫视,深圳卫视',
  taiwan: '台視,中視,華視,民視新聞台,三立新聞台,東森新聞,公共電視',
  japanese: '日本テレビ,テレビ朝日,フジテレビ,テレビ東京,ニュース,スポーツ',
  korean: '한국방송,문화방송,뉴스전문,스포츠채널,어린이방송,교육방송',
} as const

describe('a list that is not UTF-8', () => {
  const cases: Array<[string, keyof typeof SCRIPTS]> = [
    ['windows-1251', 'russian'],
    ['koi8-r', 'russian'],
    ['iso-8859-5', 'russian'],
    ['iso-8859-7', 'greek'],
    ['windows-1256', 'arabic'],
    ['gbk', 'mainland'],
    ['big5', 'taiwan'],
    ['shift_jis', 'japanese'],
    ['euc-kr', 'korean'],
  ]

  test.each(cases)('in %s is read as the response declares it (%s)', (charset, script) => {
    const names = SCRIPTS[script].split(',').slice(0, 2)
    expect(namesOf(encode(list(names), charset), { charset })).toEqual(names)
  })

  test.each(cases)('in %s is read as one of its lines declares it (%s)', (charset, script) => {
    const names = SCRIPTS[script].split(',').slice(0, 2)
    for (const head of [
      `#EXTM3U\n#EXTENC:${charset}`,
      `#EXTM3U\n#EXTENC: ${charset.toUpperCase()}`,
      `#EXTM3U charset="${charset}"`,
      `#EXTM3U\n# -*- coding: ${charset} -*-`,
    ])
      expect(namesOf(encode(list(names, head), charset))).toEqual(names)
  })

  test.each(cases)('in %s is recognised when nothing declares it and there is enough of it (%s)', (charset, script) => {
    const names = SCRIPTS[script].split(',')
    expect(namesOf(encode(list(names), charset))).toEqual(names)
  })

  test('a few words are not evidence: they are read as Windows-1252, unless the operator declares the encoding', () => {
    const bytes = encode(list(['Россия 24']), 'windows-1251')
    expect(namesOf(bytes)).toEqual(['Ðîññèÿ 24'])
    expect(namesOf(bytes, { certainCharset: 'windows-1251' })).toEqual(['Россия 24'])
    expect(namesOf(bytes, { certainCharset: 'windows-1251', charset: 'big5' })).toEqual(['Россия 24'])
  })

  test('Western and Polish names are never mistaken for another script', () => {
    const french =
      'Télé Réunion,Première,Info régionale,Météo été,Général,Ciné Frisson,Enquête,Française,Noël à Évry'.split(',')
    expect(namesOf(encode(list(french), 'windows-1252'))).toEqual(french)
    const polish = encode(list(['Wiadomości', 'Dziecięce', 'Świat', 'Łódź TV', 'Śląsk', 'Muzyka żywa']), 'windows-1250')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: a range from the first sign
    for (const name of namesOf(polish)) expect(name).not.toMatch(/[^\u0000-\u024f\u2000-\u2122]/)
  })

  test('UTF-8 lines among others are read as UTF-8 despite any declaration', () => {
    const bytes = Buffer.concat([
      new TextEncoder().encode(list(['Привет 📺'])),
      encode('\n#EXTINF:-1,Россия\nhttp://t/x', 'windows-1251'),
    ])
    expect(namesOf(bytes, { charset: 'windows-1251' })).toEqual(['Привет 📺', 'Россия'])
    expect(namesOf(new TextEncoder().encode(list(['中央电视台'])), { charset: 'windows-1252' })).toEqual(['中央电视台'])
  })

  test.each([
    ['utf-16le', undefined],
    ['utf-16be', undefined],
    ['utf-16le', 'utf-16le'],
  ] as const)('%s without a mark, declared as %s', (encoding, charset) => {
    const bytes = Buffer.from(list(['Оne 📺']), 'utf16le')
    expect(namesOf(encoding === 'utf-16be' ? bytes.swap16() : bytes, { charset })).toEqual(['Оne 📺'])
  })

  test('cuts between bytes do not change the guess', () => {
    const bytes = encode(list(SCRIPTS.mainland.repeat(40).split(',')), 'gbk')
    const whole = namesOf(bytes)
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 30 }), (cuts) => {
        const parser = createM3uParser()
        const places = [0, ...cuts.toSorted((first, second) => first - second), bytes.length]
        const names = places.slice(1).flatMap((end, index) => parser.push(bytes.slice(places[index], end)))
        expect([...names, ...parser.end()].map(({ name }) => name)).toEqual(whole)
      }),
      { numRuns: 50 },
    )
  })
})

test.each([
  ['windows-1251', 'windows-1251'],
  ['CP1251', 'windows-1251'],
  ['win-1251', 'windows-1251'],
  ['Windows1250', 'windows-1250'],
  ['"GB2312"', 'gbk'],
  ['cp936', 'gbk'],
  ['cp950', 'big5'],
  ['utf8', 'utf-8'],
  [" 'utf-8'; ", 'utf-8'],
  ['not-win-1251', undefined],
  ['windows-12511', undefined],
  ['nonsense', undefined],
  ['replacement', undefined],
  ['', undefined],
])('the label %j is %s', (label, charset) => {
  expect(charsetOf(label)).toBe(charset)
})

test.each([
  ['audio/x-mpegurl; charset=windows-1251', 'windows-1251'],
  ['text/plain;charset="KOI8-R"; x=1', 'koi8-r'],
  ['text/plain; charset = "windows-1250"', 'windows-1250'],
  ['text/plain; charsets=koi8-r', undefined],
  ['text/plain; charset=windows-1252', 'windows-1252'],
  // Values that servers send by default.
  ['text/plain; charset=ISO-8859-1', undefined],
  ['audio/x-mpegurl', undefined],
  [undefined, undefined],
])('the type %j declares %s', (type, charset) => {
  expect(charsetOfContentType(type)).toBe(charset)
})

test('an ordinary comment declares nothing', () => {
  expect(['#EXTINF:-1,ENCODING: x', '# charset of my list', '#EXTGRP:encoding'].map(charsetInComment)).toEqual([
    undefined,
    undefined,
    undefined,
  ])
})
