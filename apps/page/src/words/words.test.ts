import { expect, test } from '@jest/globals'
import { de as adminDe } from './admin/de.ts'
import { en as adminEn } from './admin/en.ts'
import { de } from './de.ts'
import { en } from './en.ts'

/** Paths of all words, such as `list.search`. */
function pathsOf(words: object, prefix = ''): string[] {
  return Object.entries(words).flatMap(([name, value]) =>
    typeof value === 'object' && value !== null ? pathsOf(value, `${prefix}${name}.`) : [`${prefix}${name}`],
  )
}

test('each language has every word', () => {
  expect(pathsOf(de)).toEqual(pathsOf(en))
  expect(pathsOf(adminDe)).toEqual(pathsOf(adminEn))
})
