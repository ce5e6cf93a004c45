import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from '@jest/globals'
import { ROOT } from './child-process.ts'

const FOLDERS = ['.', ...['apps', 'packages', 'test', 'scripts', 'docs', 'bench', 'docker'].flatMap(foldersBelow)]
/** Releases stay as they were written. */
const HISTORY = 'CHANGELOG.md'

const documents = FOLDERS.flatMap((folder) =>
  readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith('.md') && name !== HISTORY)
    .map((name) => join(folder, name)),
)

test('there are documents in the root, in docs and in packages', () => {
  expect(documents).toEqual(
    expect.arrayContaining(['README.md', 'docs/architecture.md', 'packages/mpegts/README.md', 'CONTRIBUTING.md']),
  )
})

test.each(documents)('every path and link of %s leads somewhere', (document) => {
  // Names in italics are of what is still to be written; other projects' links are not ours.
  const text = readFileSync(join(ROOT, document), 'utf8').replaceAll(/_`[^`]*`_/g, '')
  const paths = [...text.matchAll(/`((?:apps|packages|scripts|test|bench|docs|docker)\/[\w./-]+)`/g)].map(
    ([, path]) => path!,
  )
  const links = [...text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, link]) => join(dirname(document), link!))
  expect([...paths, ...links].filter((path) => !existsSync(join(ROOT, path)))).toEqual([])
})

function foldersBelow(folder: string): string[] {
  const inner = readdirSync(join(ROOT, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isDirectory() && !join(entry.parentPath, entry.name).includes('node_modules'))
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length))
  return [folder, ...inner]
}
