/**
 * `node apps/page/build.ts`: builds the page into `dist`, each file with a compressed form beside
 * it. Nothing is done while the sources are those of the last build.
 */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { brotliCompressSync } from 'node:zlib'
import { build } from 'vite'

const FOLDER = import.meta.dirname
const DIST = join(FOLDER, 'dist')
/** Written last: a build that was interrupted is repeated. */
const STAMP = join(DIST, 'sources.sha256')
const COMPRESSED = new Set(['.css', '.html', '.js', '.svg'])

const sources = hashOfSources()
if (!existsSync(STAMP) || readFileSync(STAMP, 'utf8') !== sources) {
  await build({ root: FOLDER, configFile: join(FOLDER, 'vite.config.ts'), logLevel: 'warn' })
  for (const file of filesIn(DIST)) {
    if (COMPRESSED.has(extname(file))) writeFileSync(`${file}.br`, brotliCompressSync(readFileSync(file)))
  }
  writeFileSync(STAMP, sources)
}

/** Of all that the build reads; versions of other packages are in the manifest of the workspace. */
function hashOfSources(): string {
  const hash = createHash('sha256')
  const own = filesIn(FOLDER).filter((file) => !/[/\\](?:dist|node_modules)[/\\]/.test(file.slice(FOLDER.length)))
  const sentences = filesIn(join(FOLDER, '../../packages/sentences/src'))
  for (const file of [...own, ...sentences, join(FOLDER, '../../pnpm-workspace.yaml')]) {
    if (existsSync(file)) hash.update(file.slice(FOLDER.length)).update('\0').update(readFileSync(file)).update('\0')
  }
  return hash.digest('hex')
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .toSorted()
}
