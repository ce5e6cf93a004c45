import { globSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from '@jest/globals'

const repository = fileURLToPath(new URL('../../../', import.meta.url))
const files = globSync('{packages,apps}/*/src/**/*.lua', { cwd: repository }).sort()

test('there are scripts to check', () => {
  expect(files.length).toBeGreaterThan(5)
})

describe.each(files)('%s', (file) => {
  const text = readFileSync(`${repository}/${file}`, 'utf8')
  const [first = '', ...others] = text.trimEnd().split('\n')
  const lines = first.startsWith('#!lua ') ? others : [first, ...others]
  const header = lines.slice(
    0,
    lines.findIndex((line) => !line.startsWith('--')),
  )
  const code = lines.slice(header.length).join('\n')

  test('is short', () => {
    expect(lines.length).toBeLessThan(40)
  })

  test('is named <verb>-<noun>-<number of keys>.lua', () => {
    expect(basename(file)).toMatch(/^[a-z]+(-[a-z]+)+-\d\.lua$/)
  })

  test('begins with purpose, KEYS, ARGV and what it returns', () => {
    expect(header[0]).toMatch(/^-- [A-Z].*/)
    for (const part of ['KEYS', 'ARGV', 'Returns']) {
      expect(header.some((line) => line.startsWith(`-- ${part} `))).toBe(true)
    }
  })

  test('uses and documents the number of keys in its name', () => {
    const named = Number(/-(\d)\.lua$/.exec(file)![1])
    const numbers = [...code.matchAll(/KEYS\[(\d)\]/g)].map((match) => Number(match[1]))
    const loops = [...code.matchAll(/for (\w+) = \d, (\d) do [^\n]*KEYS\[\1\]/g)].map((match) => Number(match[2]))
    expect(Math.max(...numbers, ...loops)).toBe(named)
    const keysAt = header.findIndex((line) => line.startsWith('-- KEYS '))
    const argumentsAt = header.findIndex((line) => line.startsWith('-- ARGV '))
    const documented = header.slice(keysAt, argumentsAt).join('\n') + (header.join(' ').match(/5-7/)?.[0] ?? '')
    expect(documented).toMatch(new RegExp(`(^-- KEYS |   |-)${named}\\b`))
  })
})
