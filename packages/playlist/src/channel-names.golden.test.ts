import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { channelKey, createChannelKey } from './channel-key.ts'

const TAGS = ['HD', 'FHD', 'UHD', '4K', 'SD', 'HEVC']

/** Blocks of names; see the head of the file. */
const blocks = readFileSync(new URL('../fixtures/channel-names.golden.txt', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('# '))
  .join('\n')
  .split(/^---$/m)
  .map((block) => block.split('\n').filter((line) => line !== ''))
  .map((lines) => ({
    names: lines.filter((line) => !line.startsWith('~= ')),
    joins: lines.find((line) => line.startsWith('~= '))?.slice(3),
  }))

describe('a golden file of names with traps', () => {
  test('has several hundred names', () => {
    expect(blocks.flatMap(({ names }) => names).length).toBeGreaterThan(360)
    expect(blocks.filter(({ names }) => names.length === 0)).toEqual([])
  })

  test('names of one block are one channel, and no two blocks are', () => {
    const owners = new Map<string, string>()
    for (const { names } of blocks) {
      const key = channelKey(names[0]!)
      expect({ name: names[0], alsoIn: owners.get(key) }).toEqual({ name: names[0], alsoIn: undefined })
      owners.set(key, names[0]!)
      for (const name of names) expect({ name, key: channelKey(name) }).toEqual({ name, key })
    }
  })

  test('with tags to strip, blocks join exactly as the file states', () => {
    const keyOf = createChannelKey(TAGS)
    const owners = new Map<string, string>()
    for (const { names, joins } of blocks) {
      const key = keyOf(joins ?? names[0]!)
      for (const name of names) expect({ name, key: keyOf(name) }).toEqual({ name, key })
      if (joins !== undefined) continue
      expect({ name: names[0], alsoIn: owners.get(key) }).toEqual({ name: names[0], alsoIn: undefined })
      owners.set(key, names[0]!)
    }
  })
})

describe('GROUP_STRIP_TAGS', () => {
  test.each([
    ['none', [], 'TBS HD', 'tbs hd'],
    ['empty words', ['', ' '], 'TBS HD', 'tbs hd'],
    ['in any spelling', ['hd', 'Ｆｈｄ'], 'TBS ᴴᴰ [FHD]', 'tbs'],
    ['of several words', ['Full HD', 'HD'], 'TBS Full HD', 'tbs'],
    ['that look like an expression', ['.*', '(x)', 'a|b', '$'], 'TBS (x) .* a|b $', 'tbs'],
    ['only as words', ['HD'], 'HDTV xHD HD1', 'hdtv xhd hd1'],
    ['not if nothing is left', ['HD', '4K'], 'HD 4K', 'hd 4k'],
  ])('%s', (_, tags, name, key) => {
    expect(createChannelKey(tags)(name)).toBe(key)
  })
})
