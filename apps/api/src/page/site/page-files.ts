import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A file of the page, as it is and compressed with brotli. */
export type PageFile = { readonly type: string; readonly plain: Buffer; readonly brotli: Buffer }

/** The built page. */
export type PageFiles = {
  /** `index.html`, `assets/watch-AbCd1234.js` */
  find(path: string): PageFile | undefined
}

/** Where `node apps/page/build.ts` writes. */
const PAGE_FOLDER = fileURLToPath(new URL('../../../../page/dist', import.meta.url))

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
}

/**
 * Reads the built page into memory, some 300 KB with its player. A folder that is not there, or has
 * not been built, has no files.
 */
export function readPageFiles(folder: string = PAGE_FOLDER): PageFiles {
  const files = new Map(['', 'assets'].flatMap((inner) => readFolder(folder, inner)))
  return { find: (path) => files.get(path) }
}

function readFolder(folder: string, inner: string): ReadonlyArray<readonly [string, PageFile]> {
  const names = new Set(namesIn(join(folder, inner)))
  return [...names].flatMap((name) => {
    const type = TYPES[name.split('.').at(-1) ?? '']
    if (type === undefined || !names.has(`${name}.br`)) return []
    const file = join(folder, inner, name)
    const content = { type, plain: readFileSync(file), brotli: readFileSync(`${file}.br`) }
    return [[inner === '' ? name : `${inner}/${name}`, content]]
  })
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}
