import { posix } from 'node:path'
import { readImports, type SourceFile } from './find-violations.ts'

/**
 * Files that import each other, directly or around corners, one line a circle. Imports of types
 * count too: who reads one of the files has to know them all. Not in `test`: the actors of its
 * model know each other.
 */
export function findCircles(files: readonly SourceFile[]): string[] {
  const own = files.filter(({ path }) => !path.startsWith('test/'))
  const importsOf = new Map(own.map(({ path, text }) => [path, relativeImports(path, text)]))
  const done = new Set<string>()
  const trail: string[] = []
  const circles: string[] = []

  function visit(path: string): void {
    const at = trail.indexOf(path)
    if (at >= 0) circles.push(`${[...trail.slice(at), path].join(' -> ')} is a circle`)
    if (at >= 0 || done.has(path)) return
    trail.push(path)
    for (const target of importsOf.get(path) ?? []) visit(target)
    trail.pop()
    done.add(path)
  }

  for (const path of importsOf.keys()) visit(path)
  return circles
}

function relativeImports(path: string, text: string): string[] {
  return readImports(text)
    .filter((specifier) => specifier.startsWith('.'))
    .map((specifier) => posix.join(posix.dirname(path), specifier))
}
