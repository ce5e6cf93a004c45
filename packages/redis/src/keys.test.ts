import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from '@jest/globals'
import { KEY_TABLE } from './key-table.ts'
import { createKeys, renderKeyTable } from './keys.ts'

/** What the builders make of the placeholders of the table. */
const placeholders = [
  '<source>',
  '<account>',
  '<stream>',
  '<version>',
  '<generation>',
  '<node>',
  '<incarnation>',
  '<queue>',
  '<channel>',
  '<shard>',
]

describe('keys and their table', () => {
  const keys = createKeys()
  const names = [
    keys.accountSlots('<account>'),
    keys.accountSlotHolders('<account>'),
    keys.accountWaiters('<account>'),
    keys.accountPace('<account>'),
    keys.accountAttempts('<account>'),
    keys.sourceState('<source>'),
    keys.sourceList('<source>', 7).replace('7', '<version>'),
    keys.sourceImportLease('<source>'),
    keys.streamFailures('<stream>'),
    keys.streamBlocked('<stream>'),
    keys.catalogCurrent,
    keys.catalogLastGeneration,
    keys.catalogChannels(7).replace('7', '<generation>'),
    keys.catalogOrder(7).replace('7', '<generation>'),
    keys.catalogInfo(7).replace('7', '<generation>'),
    keys.catalogRuns(7, 'order').replace('7', '<generation>').replace('order', '<of>'),
    keys.catalogRemoved,
    keys.catalogRemovedAt,
    keys.catalogBuild,
    keys.channelLead('<channel>'),
    keys.channelTerm('<channel>'),
    keys.channelPresence('<channel>'),
    keys.channelPresenceCounts('<channel>'),
    keys.node('<incarnation>'),
    keys.nodes,
    keys.dead('<incarnation>'),
    keys.memory,
    keys.shardMemory('<shard>'),
    keys.reconcileLock,
    keys.worker('<node>'),
    `${keys.jobs}:<queue>:<rest>`,
    keys.alive('<incarnation>'),
    keys.channelMedia('<channel>'),
    keys.channelAsks('<channel>'),
    keys.channelAnswers('<channel>', '<incarnation>'),
    keys.slotWanted,
    keys.slotFreed,
    keys.catalogChanged,
  ]

  test('every builder is in this test', () => {
    expect(names).toHaveLength(Object.keys(keys).length - 1)
  })

  test('the table has exactly the names that the builders make', () => {
    expect(KEY_TABLE.map(({ pattern }) => pattern).sort()).toEqual([...names].sort())
  })

  test.each(KEY_TABLE)('$pattern is shown by a redis-cli line that names it', ({ pattern, look }) => {
    expect(look).toMatch(/^redis-cli /)
    const shown = pattern.replace('<queue>:<rest>', '*')
    expect(look).toContain(shown)
    expect(placeholders.some((placeholder) => pattern.includes(placeholder)) || !pattern.includes('<')).toBe(true)
  })

  test('docs/redis-keys.md holds this table', () => {
    const document = readFileSync(new URL('../../../docs/redis-keys.md', import.meta.url), 'utf8')
    const between = /<!-- keys -->\n([\s\S]*?)\n?<!-- \/keys -->/.exec(document)?.[1]
    expect(withoutPadding(between ?? '')).toBe(withoutPadding(renderKeyTable()))
  })
})

describe('prefix', () => {
  test('every name starts with it', () => {
    const keys = createKeys('test-7:')
    const builders = Object.values(keys) as Array<string | ((...parts: unknown[]) => string)>
    const made = builders.map((key) => (typeof key === 'function' ? key('a', 1) : key))
    for (const name of made) expect(name).toMatch(/^test-7:/)
  })
})

test('no other source file writes key text', () => {
  const repository = fileURLToPath(new URL('../../../', import.meta.url))
  const files = globSync('{packages,apps}/*/src/**/*.{ts,lua}', { cwd: repository }).filter(
    (file) => !/\.test\.ts$|^packages\/testkit\/|redis\/src\/(keys|key-table)\.ts$/.test(file),
  )
  expect(files.length).toBeGreaterThan(50)
  const guilty = files.filter((file) => /^[^*\n]*['"`]kptv:/m.test(readFileSync(`${repository}/${file}`, 'utf8')))
  expect(guilty).toEqual([])
})

/** Formatters line the columns up; the content is what counts. */
function withoutPadding(table: string): string {
  return table
    .trim()
    .replaceAll(/ *\| */g, '|')
    .replaceAll(/-{3,}/g, '---')
}
