import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export type MadeFolder = {
  readonly pathOf: (name: string) => string
  /** As a careful operator does: readers see the old file or the new one, whole. */
  readonly put: (name: string, text: string) => Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** For files that the product reads while it runs, such as `SOURCES_FILE`; gone with the tests. */
export async function makeFolder(): Promise<MadeFolder> {
  const folder = await mkdtemp(join(tmpdir(), 'kptv-cluster-'))
  const pathOf = (name: string): string => join(folder, name)
  return {
    pathOf,
    async put(name, text) {
      await writeFile(pathOf('new'), text)
      await rename(pathOf('new'), pathOf(name))
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}
