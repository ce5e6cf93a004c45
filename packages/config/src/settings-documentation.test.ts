import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { settingNames } from './load-settings.ts'
import { parseSourcesFile } from './parse-sources-file.ts'
import { SETTINGS } from './settings.ts'

// Held in both directions: the table is written from this, word for word.
describe('docs/settings.md', () => {
  const page = readFileSync(new URL('../../../docs/settings.md', import.meta.url), 'utf8')
  const rows = page.split('\n').filter((line) => line.startsWith('| `'))

  test('has a row for each setting, in order, with its default, meaning and example', () => {
    const expected = settingNames().map((name) => {
      const { default: fallback, meaning, example } = SETTINGS[name]
      return `| \`${name}\` | ${fallback === undefined ? 'unset' : `\`${fallback}\``} | ${escapeBars(meaning)} | \`${escapeBars(example)}\` |`
    })
    expect(rows).toEqual(expected)
  })

  test('has an example of a file of sources that is allowed', () => {
    const example = page.split('```yaml\n')[1]?.split('```')[0] ?? ''
    const { sources, problems } = parseSourcesFile({ text: example })
    expect(problems).toEqual([])
    expect(sources).toHaveLength(2)
  })

  test.each(settingNames())('the default and the example of %s are allowed', (name) => {
    const { default: fallback, example, schema } = SETTINGS[name]
    if (fallback !== undefined) expect(schema.safeParse(fallback).error).toBeUndefined()
    expect(schema.safeParse(example).error).toBeUndefined()
  })

  test.each(settingNames())('%s has one sentence', (name) => {
    expect(SETTINGS[name].meaning).toMatch(/\.$/)
  })
})

function escapeBars(text: string): string {
  return text.replaceAll('|', '\\|')
}
