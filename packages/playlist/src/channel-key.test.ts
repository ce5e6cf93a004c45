import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { channelKey } from './channel-key.ts'

/** Each row is one channel: all its spellings have the same key, and no other row's. */
const CHANNELS: string[][] = [
  ['TBS', 'tbs', ' TBS ', '\u200eTBS\u200f', 'T\u00adBS', 'ＴＢＳ', 'TBS\ufe0f', '\u2066TBS\u2069'],
  ['TBS West', 'TBS  WEST', 'TBS\u00a0West', 'TBS\u3000west', 'TBS\tWest', 'TBS\u2009\u200bWest'],
  ['TBS East'],
  ['TBS +1', 'tbs\u00a0+1'],
  ['TBS+1'],
  ['TBS 2', 'TBS ２', 'TBS ²'],
  ['TBS 02'],
  ['TBS MAX'],
  ['TBS HD', 'TBS ᴴᴰ', 'TBS ＨＤ'],
  ['TBS FHD', 'TBS ᶠᴴᴰ'],
  ['TBSHD'],
  ['TBS 4K'],
  ['UK: TBS'],
  ['UK| TBS'],
  ['[UK] TBS'],
  ['Canal+', 'CANAL＋'],
  ['Canal'],
  ['Canal+ 2'],
  ['Canal+2', 'Canal+²'],
  ['Fox™', 'FOXTM'],
  ['Fox'],
  ['Télé', 'Te\u0301le\u0301', 'TÉLÉ'],
  ['Tele'],
  ['Straße TV', 'STRASSE TV', 'STRAẞE tv'],
  ['ΟΔΟΣ', 'οδός'.normalize('NFD').replace(/\u0301/g, ''), 'οδοσ'],
  ['CNN Türk', 'cnn türk', 'CNN TU\u0308RK'],
  ['العربية', '\u200fالعربية\u200f', 'ﺍﻟﻌﺮﺑﻴﺔ'],
  ['الجزيرة'],
  ['NHK 総合', 'NHK　総合', 'ＮＨＫ 総合'],
  ['NHK 总合'],
  ['ガンダム', 'ｶﾞﾝﾀﾞﾑ'],
  ['CCTV-1'],
  ['CCTV1'],
  ['CCTV-1\u0301'],
  ['📺', '📺\ufe0f'],
  ['❤ TV', '❤\ufe0f TV', '❤\ufe0e TV'],
  ['🇬🇧 News'],
  ['🇫🇷 News'],
  ['🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f} BBC'],
  ['🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f} BBC'],
  ['🏴 BBC'],
  ['★ Sport ★'],
  ['Sport'],
  ['Россия 1', 'РОССИЯ 1'],
  ['Poccия 1'],
  ['第1财经', '第１财经'],
  ['__proto__'],
  ['../../etc/passwd'],
]

test('spellings of one channel share a key, different channels do not', () => {
  const owners = new Map<string, string>()
  for (const [first, ...others] of CHANNELS) {
    const key = channelKey(first!)
    expect({ first, clashesWith: owners.get(key) }).toEqual({ first, clashesWith: undefined })
    owners.set(key, first!)
    for (const other of others) expect({ other, key: channelKey(other) }).toEqual({ other, key })
  }
})

test('shows what keys look like', () => {
  expect(channelKey('  UK:\u00a0 BBC  One ᴴᴰ\u200f')).toBe('uk: bbc one hd')
})

test('is stable: the key of a key is the key, and invisible characters anywhere change nothing', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', maxLength: 40 }),
      (name) => channelKey(channelKey(name)) === channelKey(name),
    ),
  )
  const invisible = fc.constantFrom('\u200b', '\u200e', '\u2060', '\ufeff', '\u00ad', '\u0007')
  fc.assert(
    fc.property(fc.string(), fc.nat(), invisible, (name, position, character) => {
      const at = position % (name.length + 1)
      expect(channelKey(name.slice(0, at) + character + name.slice(at))).toBe(channelKey(name))
    }),
  )
})
