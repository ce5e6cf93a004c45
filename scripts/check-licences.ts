/**
 * `node scripts/check-licences.ts`: refuses installed packages whose licence does not go together
 * with MIT.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './child-process.ts'
import { findForeignLicences, type Manifest } from './find-licences.ts'

const STORE = join(ROOT, 'node_modules', '.pnpm')

const manifests = readdirSync(STORE).flatMap((folder) => {
  // `@scope+name@1.2.3_peer@4` holds the package `@scope/name`.
  const name = folder.replace(/^(@[^+]+)\+/, '$1/').replace(/(?<=.)@.*$/, '')
  const file = join(STORE, folder, 'node_modules', name, 'package.json')
  return existsSync(file) ? [JSON.parse(readFileSync(file, 'utf8')) as Manifest] : []
})
const foreign = findForeignLicences(manifests)
for (const line of foreign) console.log(line)
console.log(`licences: ${manifests.length} packages, ${foreign.length} that do not fit`)
process.exitCode = manifests.length > 0 && foreign.length === 0 ? 0 : 1
