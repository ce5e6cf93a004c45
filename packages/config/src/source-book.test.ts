import { mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { eventually } from '@kptv/testkit'
import { loadSettings } from './load-settings.ts'
import { createSourceBook, type SourceBook } from './source-book.ts'

let folder: string
let book: SourceBook | undefined

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kptv-sources-'))
})

afterEach(() => {
  book?.[Symbol.dispose]()
  rmSync(folder, { recursive: true })
})

const listOf = (...names: string[]) =>
  `sources:\n${names.map((name) => `  - name: ${name}\n    url: http://${name}.example/get.php?username=USER&password=OF-${name}\n`).join('')}`
const write = (text: string, name = 'sources.yaml') => writeFileSync(join(folder, name), text)
const open = (name = 'sources.yaml') => {
  const SOURCES = 'http://env.example/|1'
  const settings = loadSettings({ REDIS_URL: 'redis://x', SOURCES, SOURCES_FILE: join(folder, name) })
  book = createSourceBook(settings, { everyMs: 5 })
  return book
}
const namesOf = ({ current }: SourceBook) => current().map(({ name }) => name)

test('a file that was rewritten or replaced is read again', async () => {
  write(listOf('one'))
  const sources = open()
  let changes = 0
  sources.onChange(() => changes++)
  expect(namesOf(sources)).toEqual(['env.example', 'one'])
  write(listOf('one', 'two'))
  await eventually('it is in use', () => namesOf(sources).includes('two'))
  write(listOf('three'), 'new')
  renameSync(join(folder, 'new'), join(folder, 'sources.yaml'))
  await eventually('the other file is in use', () => namesOf(sources).includes('three'))
  expect(namesOf(sources)).toEqual(['env.example', 'three'])
  expect(changes).toBe(2)
  expect(sources.secrets()).toEqual(expect.arrayContaining(['OF-one', 'OF-two', 'OF-three']))
})

test('follows a link that now leads elsewhere, as in a mounted ConfigMap', async () => {
  write(listOf('one'), 'first')
  write(listOf('two'), 'second')
  symlinkSync('first', join(folder, 'link'))
  const sources = open('link')
  symlinkSync('second', join(folder, 'next'))
  renameSync(join(folder, 'next'), join(folder, 'link'))
  await eventually('it is in use', () => namesOf(sources).includes('two'))
})

test('a bad or missing file changes nothing, and is reported until it is repaired', async () => {
  write(listOf('one'))
  const sources = open()
  const before = sources.current()
  write('sources: [{name: x}]')
  await eventually('the problem is reported', () => sources.problems().length > 0)
  expect(sources.problems()).toEqual([
    'line 1: sources[0].url: is missing; it must be an http://, https:// or xtream:// address',
  ])
  unlinkSync(join(folder, 'sources.yaml'))
  await eventually('the loss is reported', () => sources.problems()[0]?.includes('ENOENT') === true)
  expect(sources.current()).toBe(before)
  write(listOf('one'))
  await eventually('the problem is over', () => sources.problems().length === 0)
  expect(sources.current()).toBe(before)
})
