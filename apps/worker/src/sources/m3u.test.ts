import { expect, test } from '@jest/globals'
import type { Skipped } from '@kptv/playlist'
import { readM3u } from './m3u.ts'

const fetched = (...chunks: Uint8Array[]) => ({
  chunks: (async function* () {
    for (const chunk of chunks) yield Buffer.from(chunk)
  })(),
  finalUrl: 'http://list.example/tv.m3u',
  contentType: undefined,
})

async function read(reader: ReturnType<typeof readM3u>) {
  const entries = []
  for await (const some of reader.entries) entries.push(...some)
  return { entries, facts: reader.facts() }
}

test.each<[string, Uint8Array[], boolean]>([
  ['a line feed', [Buffer.from('a\n')], false],
  ['both', [Buffer.from('a\r\n')], false],
  ['a carriage return', [Buffer.from('a\r')], false],
  ['UTF-16, little endian', [Buffer.from('a\n', 'utf16le')], false],
  ['one letter of the next line', [Buffer.from('a\nb')], true],
  ['a letter in a piece of its own', [Buffer.from('a\n'), Buffer.from('b')], true],
  ['a line feed, and an empty piece', [Buffer.from('a\n'), new Uint8Array()], false],
])('a list that ends with %s', async (_, chunks, torn) => {
  expect((await read(readM3u({}, fetched(...chunks)))).facts.torn).toBe(torn)
})

test('each entry that is left out is told with its line, also where only the first are remembered', async () => {
  const told: string[] = []
  const list = ['#EXTM3U', '#EXTINF:-1,A', 'http://h/1', ...Array.from({ length: 100 }, (_, n) => `gopher://h/${n}`)]
  const noteSkipped = ({ reason, line }: Skipped) => void told.push(`${line} ${reason}`)
  const { entries, facts } = await read(readM3u({}, fetched(Buffer.from(`${list.join('\n')}\n`)), { noteSkipped }))
  expect(entries).toHaveLength(1)
  expect(facts.skipped.first).toHaveLength(20)
  expect(told).toEqual(Array.from({ length: 100 }, (_, n) => `${n + 4} unsupported-scheme`))
})

// "Россия" in Windows-1251.
const RUSSIAN = Buffer.from('23455854494e463a2d312cd0eef1f1e8ff0a687474703a2f2f742f310a', 'hex')

test.each([
  ['the answer declares it', {}, 'audio/x-mpegurl; charset=windows-1251', 'Россия'],
  ['the source declares it', { charset: 'cp1251' }, 'audio/x-mpegurl; charset=big5', 'Россия'],
  ['nobody does', {}, 'audio/x-mpegurl', 'Ðîññèÿ'],
])('a short list in Windows-1251: %s', async (_, source, contentType, name) => {
  const { entries } = await read(readM3u(source, { ...fetched(RUSSIAN), contentType }))
  expect(entries.map((entry) => entry.name)).toEqual([name])
})

test('a long chunk is read in steps, so that other work gets its turn', async () => {
  const list = Buffer.from('#EXTINF:-1,One\nhttp://t/1\n'.repeat(20_000))
  let steps = 0
  let largest = 0
  for await (const entries of readM3u({}, fetched(list)).entries) {
    steps++
    largest = Math.max(largest, entries.length)
  }
  expect(steps).toBeGreaterThan(30)
  expect(largest).toBeLessThanOrEqual(200)
})

test('a line with thousands of addresses is also passed on in steps', async () => {
  const list = Buffer.from(
    `A,http://t/0${Array.from({ length: 3_000 }, (_, index) => `#http://t/${index}`).join('')}\n`,
  )
  const steps: number[] = []
  for await (const entries of readM3u({}, fetched(list)).entries) steps.push(entries.length)
  expect(Math.max(...steps)).toBe(200)
  expect(steps.reduce((sum, count) => sum + count, 0)).toBe(3_001)
})
