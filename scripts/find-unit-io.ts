import { posix } from 'node:path'
import type { SourceFile } from './find-violations.ts'

/** Modules that open sockets or start programs; importing their types is fine. */
const IO_MODULES = /^import (?!type )[^;'"]*'node:(?:child_process|cluster|dgram|http|http2|https|net|tls)'/m
/** What the testkit starts listens somewhere, or is a process. */
const STARTS = /^import (?!type )\{[^}]*\bstart[A-Z]\w*[^}]*\} from '@kptv\/testkit'/m
const FETCH = /^[^'"`]*(?<![.\w'"`])fetch\(/m

/**
 * Unit tests that open sockets or start programs, themselves or through the tests' own files: they
 * belong to the project `io`.
 *
 * @returns one sentence for each, each starting with the path
 */
export function findUnitIo(files: readonly SourceFile[]): string[] {
  const byPath = new Map(files.map((file) => [file.path, file]))
  return files
    .filter(({ path }) => isUnitTest(path))
    .flatMap((file) => {
      const reason = reasonOf(file, byPath, new Set())
      return reason === undefined ? [] : [`${file.path} ${reason}: name it *.io.test.ts`]
    })
}

function reasonOf(
  { path, text }: SourceFile,
  byPath: ReadonlyMap<string, SourceFile>,
  seen: Set<string>,
): string | undefined {
  if (seen.has(path)) return undefined
  seen.add(path)
  const io = /'(node:\w+)'/.exec(IO_MODULES.exec(text)?.[0] ?? '')?.[1]
  if (io !== undefined) return `uses ${io}${isUnitTest(path) ? '' : ` by ${path}`}`
  if (STARTS.test(text)) return `starts a server or a process${isUnitTest(path) ? '' : ` by ${path}`}`
  if (isUnitTest(path) && FETCH.test(text)) return 'fetches'
  for (const [, specifier = ''] of text.matchAll(/^import (?!type )[^;'"]*'(\.[^']+)'/gm)) {
    const next = byPath.get(posix.join(posix.dirname(path), specifier))
    const reason = next?.path.includes('/test-support/') ? reasonOf(next, byPath, seen) : undefined
    if (reason !== undefined) return reason
  }
  return undefined
}

function isUnitTest(path: string): boolean {
  return /\.test\.ts$/.test(path) && !/\.(?:io|redis|cluster|containers)\.test\.ts$/.test(path)
}
