import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from '@jest/globals'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const WORDS = (
  'source, account, entry, stream, channel, viewer, session, lingering, attempt, round, slot, cool-down, lease, leader, follower, term, ' +
  'shard, evidence, tombstone, chunk, ring, origin, join point, pack, bucket, sealed, alarm, put aside, generation, slate, drain'
).split(', ')

const rows = readFileSync(join(ROOT, 'docs/glossary.md'), 'utf8')
  .split('\n')
  .filter((line) => /^\| [a-z]/.test(line))
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .map(([, word = '', meaning = '', not = '']) => ({ word, meaning, others: not.split(', ') }))

describe('docs/glossary.md', () => {
  test('defines each word once, in this order', () => {
    expect(rows.map(({ word }) => word)).toEqual(WORDS)
  })

  test.each(rows)('$word has a meaning', ({ meaning }) => {
    expect(meaning.length).toBeGreaterThan(10)
  })

  test('no forbidden word is also a word of the glossary', () => {
    expect(rows.flatMap(({ others }) => others).filter((other) => WORDS.includes(other))).toEqual([])
  })
})

describe('documents use one word for one idea', () => {
  test.each(documents())('%s', (path) => {
    const text = readFileSync(join(ROOT, path), 'utf8').toLowerCase()
    const found = rows
      .flatMap(({ word, others }) => others.map((other) => ({ other, word })))
      .filter(({ other }) => new RegExp(`\\b${other}s?\\b`).test(text))
      .map(({ other, word }) => `"${other}" is called "${word}" here`)
    expect(found).toEqual([])
  })
})

function documents(): string[] {
  const files = ['docs', 'packages', 'apps'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((name) => `${folder}/${name}`),
  )
  return ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...files].filter(
    (path) => path.endsWith('.md') && !path.includes('node_modules') && path !== 'docs/glossary.md',
  )
}
