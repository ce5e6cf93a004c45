import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { ROOT } from './child-process.ts'

const rows = readFileSync(join(ROOT, 'CONTRIBUTING.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| '))
  // Names in italics are of what is still to be written.
  .map((line) => line.replaceAll(/_`[^`]*`_/g, ''))

const paths = rows.flatMap((row) =>
  [...row.matchAll(/`((?:apps|packages|scripts|test|docs|docker)\/[\w./-]+)`/g)].map(([, path]) => path!),
)

test('CONTRIBUTING names more than 30 files', () => {
  expect(paths.length).toBeGreaterThan(30)
})

test.each([...new Set(paths)])('%s of CONTRIBUTING is there', (path) => {
  expect(existsSync(join(ROOT, path))).toBe(true)
})
