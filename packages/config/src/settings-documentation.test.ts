import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { sourcesFileSchema } from './describe-settings.ts'
import { settingNames } from './load-settings.ts'
import { parseSourcesFile } from './parse-sources-file.ts'
import { SETTINGS } from './settings.ts'

describe('the documentation of the settings', () => {
  test.each(settingNames())('the default and the example of %s are allowed', (name) => {
    const { default: fallback, example, schema } = SETTINGS[name]
    if (fallback !== undefined) expect(schema.safeParse(fallback).error).toBeUndefined()
    expect(schema.safeParse(example).error).toBeUndefined()
  })

  test.each(settingNames())('%s has one sentence', (name) => {
    expect(SETTINGS[name].meaning).toMatch(/\.$/)
  })
})

describe('sources.example.yaml', () => {
  const text = readFileSync(new URL('../../../sources.example.yaml', import.meta.url), 'utf8')

  test('is allowed, and names its schema for editors', () => {
    const { sources, problems } = parseSourcesFile({ text })
    expect(problems).toEqual([])
    expect(sources).toHaveLength(3)
    expect(text).toMatch(/^# yaml-language-server: \$schema=docs\/sources\.schema\.json\n/)
  })

  test('shows every field of a source', () => {
    const { properties } = (JSON.parse(sourcesFileSchema()) as Schema).properties.sources.items
    const missing = Object.keys(properties).filter((field) => !new RegExp(`^ {2,}(?:- )?${field}:`, 'm').test(text))
    expect(missing).toEqual([])
  })
})

type Schema = {
  readonly properties: {
    readonly sources: { readonly items: { readonly properties: Readonly<Record<string, unknown>> } }
  }
}
