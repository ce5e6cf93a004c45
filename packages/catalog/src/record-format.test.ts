import { gzipSync } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import { decodeInfo, encodeInfo } from './generation-info.ts'
import { compressPack, decodePack, encodeEntry, type ListEntry } from './list-entry.ts'
import { createPackText } from './pack-text.ts'
import { type CatalogChannel, decodeChannel, encodeChannel } from './record-format.ts'
import { decodeState, encodeFacts } from './source-state.ts'

const channel: CatalogChannel = {
  id: '0123456789abcdef',
  name: 'News "1"',
  attributes: [
    ['tvg-id', 'news.1'],
    ['__proto__', 'polluted'],
    ['tvg-id', 'again'],
  ],
  streams: [{ id: 's', sourceId: 's1-aa', url: 'http://h/{secret-1}/1.ts', headers: [['User-Agent', 'x']] }],
}

const foreign = [
  ['nothing', null],
  ['invalid JSON', '{'],
  ['another type', '[]'],
  ['a newer version', encodeChannel(channel).replace('"v":2', '"v":3')],
  ['a missing name', '{"v":2,"attributes":[],"streams":[]}'],
  ['attributes of another shape', '{"v":2,"name":"a","attributes":{"a":"b"},"streams":[]}'],
  ['attributes that are not text', '{"v":2,"name":"a","attributes":[["a",1]],"streams":[]}'],
  ['a stream without an address', '{"v":2,"name":"a","attributes":[],"streams":[["a","b"]]}'],
  ['deep nesting', '['.repeat(100_000)],
] as const

describe('channel records', () => {
  test('reads what it has written', () => {
    expect(decodeChannel(channel.id, encodeChannel(channel))).toEqual(channel)
  })

  test('a program stays with its stream, with and without header fields', () => {
    const streams = [[], channel.streams[0]!.headers].map((headers) => ({
      ...channel.streams[0]!,
      headers,
      program: 7,
    }))
    expect(decodeChannel(channel.id, encodeChannel({ ...channel, streams }))).toEqual({ ...channel, streams })
  })

  test.each([0, 65_536, 1.5, '7', null])('%j is not a program', (program) => {
    const stream = JSON.stringify(['s', 's1', 'http://h/1', [], program])
    expect(decodeChannel('id', `{"v":2,"name":"a","attributes":[],"streams":[${stream}]}`)).toBeUndefined()
  })

  test.each(foreign)('%s is not a channel', (_what, text) => {
    expect(decodeChannel('id', text)).toBeUndefined()
  })

  test('unknown fields and __proto__ have no effect', () => {
    const text = encodeChannel(channel).replace('{"v":2', '{"__proto__":{"polluted":1},"more":1,"v":2')
    expect(decodeChannel(channel.id, text)).toEqual(channel)
    expect(({} as { readonly polluted?: number }).polluted).toBeUndefined()
  })
})

describe('packs of entries', () => {
  const entry = {
    channelId: '00',
    name: 'a',
    streamId: 'b',
    url: 'c',
    attributes: [['d', 'e']] as const,
    headers: [['f', 'g']] as const,
  }

  const written = (entries: ListEntry[]) => {
    const text = createPackText()
    return entries.flatMap((one, index) => {
      const full = text.add(encodeEntry(one)) ? undefined : compressPack(text.take()!)
      if (full) text.add(encodeEntry(one))
      const last = index === entries.length - 1 ? compressPack(text.take()!) : undefined
      return [full, last].filter((pack) => pack !== undefined)
    })
  }

  test('reads what it has written', () => {
    const ofProgram = { ...entry, program: 7 }
    expect(written([entry, ofProgram]).map(decodePack)).toEqual([[entry, ofProgram]])
  })

  test.each([
    ['many', Array.from({ length: 450 }, (_, index) => ({ ...entry, name: `${index}` })), [200, 200, 50]],
    ['long entries', [1, 5, 7, 7].map((tens) => ({ ...entry, name: '電'.repeat(tens * 1000) })), [2, 1, 1]],
    ['an entry longer than a pack', [entry, { ...entry, name: 'x'.repeat(100_000) }, entry], [1, 1, 1]],
  ])('splits %s into several packs', (_, entries, sizes) => {
    const packs = written(entries).map((pack) => decodePack(pack)!)
    expect(packs.map(({ length }) => length)).toEqual(sizes)
    expect(packs.flat()).toEqual(entries)
  })

  test.each([
    '',
    '{}',
    '[1,[]]',
    '[2,{}]',
    '[2,[["a"]]]',
    '[2,[["a","b","c",3,[],[]]]]',
    '[2,[["a","b","c","d",[1],[]]]]',
    '[2,[["a","b","c","d",[],[],0]]]',
    '[2,[["a","b","c","d",[],[],7,8]]]',
  ])('%s is not a pack', (text) => {
    expect(decodePack(gzipSync(text))).toBeUndefined()
  })

  test('bytes that cannot be inflated, or inflate without end, are not a pack', () => {
    expect(decodePack(Buffer.from('foreign'))).toBeUndefined()
    expect(decodePack(gzipSync(Buffer.alloc(40_000_000)))).toBeUndefined()
  })
})

describe('generation info', () => {
  const info = {
    builtAt: '2026-01-01T00:00:00.000Z',
    channels: 2,
    streams: 3,
    epgUrls: [{ sourceId: 's1', url: 'http://h/{secret-1}' }],
    inputs: { s1: 5 },
    unmatched: ['Gone'],
    settings: '{}',
  }

  test('reads what it has written', () => {
    expect(decodeInfo(7, encodeInfo(info))).toMatchObject({ generation: 7, ...info, inputs: { s1: 5 } })
  })

  test.each([{}, { ...encodeInfo(info), channels: 'many' }])('%j is not generation info', (hash) => {
    expect(decodeInfo(7, hash as Record<string, string>)).toBeUndefined()
  })

  test('leaves out foreign parts', () => {
    const hash = { ...encodeInfo(info), epgUrls: '[1,{"url":2}]', inputs: '{"a":"b","__proto__":7}' }
    expect(decodeInfo(7, hash)?.epgUrls).toEqual([])
    expect(decodeInfo(7, hash)?.inputs.a).toBeUndefined()
  })
})

describe('state of a source', () => {
  const nothing = { entries: 0, filtered: 0, skipped: {}, skippedFirst: [], groups: [], epgUrls: [] }
  const WAITING = { accounts: [], state: 'waiting', ...nothing, torn: false }

  test('is unknown before the first import', () => {
    expect(decodeState({})).toEqual(WAITING)
  })

  test('reads facts as written', () => {
    const rest = { epgUrls: ['u'], filtered: 3, groups: [['All', 12] as const], torn: true, shape: '2' }
    const facts = {
      entries: 9,
      skipped: { 'bad-url': 1 },
      skippedFirst: [{ reason: 'bad-url', line: 3 }],
      fetchedAt: '2026-01-01T00:00:00.000Z',
      ...rest,
    }
    const pairs = encodeFacts(facts)
    const hash = Object.fromEntries(pairs.flatMap((key, index) => (index % 2 ? [] : [[key, pairs[index + 1]!]])))
    expect(decodeState({ ...hash, goodVersion: '12' })).toEqual({
      state: 'ok',
      goodVersion: 12,
      accounts: [],
      ...facts,
    })
  })

  test('treats foreign content as missing', () => {
    const hash = {
      state: 'dancing',
      entries: '-1',
      goodVersion: '1e99',
      skipped: '[',
      skippedFirst: '[1,{"line":2}]',
      epgUrls: '{"a":1}',
      etag: '',
    }
    expect(decodeState(hash)).toEqual(WAITING)
  })
})
