/**
 * `node scripts/check-boundaries.ts`: holds the repository to its layout. Prints what breaks it;
 * the exit code is 1 then.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findCircles } from './find-circles.ts'
import { findCrowdedFolders } from './find-crowded-folders.ts'
import { findUnitIo } from './find-unit-io.ts'
import { findUnusedDependencies, findViolations, type Manifests, type SourceFile } from './find-violations.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const FOLDERS = ['apps', 'packages', 'scripts', 'test', 'bench']

const paths = FOLDERS.flatMap(listFiles)
const files = paths.filter((path) => /\.(tsx?|mjs|lua)$/.test(path)).map(readSource)
const manifests = readManifests(paths)
const violations = [
  ...findViolations(files, manifests),
  ...findUnusedDependencies(files, manifests),
  ...findUnitIo(files),
  ...findCrowdedFolders(files),
  ...findCircles(files),
]
for (const violation of violations) console.log(violation)
console.log(`boundaries: ${files.length} files, ${violations.length} violations`)
process.exitCode = violations.length === 0 ? 0 : 1

function listFiles(folder: string): string[] {
  if (!existsSync(join(ROOT, folder))) return []
  return readdirSync(join(ROOT, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((path) => !/(?:^|\/)(?:node_modules|dist)\//.test(path))
}

function readSource(path: string): SourceFile {
  return { path, text: readFileSync(join(ROOT, path), 'utf8') }
}

function readManifests(all: readonly string[]): Manifests {
  const manifests = all.filter((path) => /^[^/]+(\/[^/]+)?\/package\.json$/.test(path))
  return new Map(
    manifests.map((path) => {
      const { dependencies = {}, devDependencies = {} } = JSON.parse(readFileSync(join(ROOT, path), 'utf8'))
      return [dirname(path), { runtime: Object.keys(dependencies), development: Object.keys(devDependencies) }]
    }),
  )
}
