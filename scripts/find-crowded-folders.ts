import { MAX_EDGE_SHARE } from './boundary-rules.ts'
import type { SourceFile } from './find-violations.ts'

/** Folders of the edge that hold more than their share of its lines, tests not counted. */
export function findCrowdedFolders(files: readonly SourceFile[]): string[] {
  const linesIn = new Map<string, number>()
  for (const { path, text } of files) {
    const [, folder] = /^apps\/api\/src\/([^/]+)\//.exec(path) ?? []
    if (folder === undefined || path.endsWith('.test.ts')) continue
    linesIn.set(folder, (linesIn.get(folder) ?? 0) + text.split('\n').length - 1)
  }
  const all = [...linesIn.values()].reduce((sum, lines) => sum + lines, 0)
  return [...linesIn]
    .filter(([, lines]) => lines > all * MAX_EDGE_SHARE)
    .map(([folder, lines]) => `apps/api/src/${folder} holds ${lines} of ${all} lines: make it two folders`)
}
