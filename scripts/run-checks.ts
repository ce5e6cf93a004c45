import { join } from 'node:path'
import { ROOT } from './child-process.ts'
import { runToEnd, WITHOUT_WARNINGS } from './run-to-end.ts'

/** Layout, types, style. @returns for each whether all was well; what was not has been shown. */
export async function runChecks(say: (line: string) => void): Promise<boolean[]> {
  const checks: ReadonlyArray<readonly [name: string, command: string, commandArguments: readonly string[]]> = [
    ['layout', process.execPath, [WITHOUT_WARNINGS, 'scripts/check-boundaries.ts']],
    ['types', join(ROOT, 'node_modules/.bin/tsc'), ['-p', '.']],
    ['style', join(ROOT, 'node_modules/.bin/biome'), ['check']],
  ]
  const results: boolean[] = []
  for (const [name, command, commandArguments] of checks) {
    const ok = (await runToEnd(command, commandArguments)) === 0
    say(`${name}: ${ok ? 'ok' : 'failed'}`)
    results.push(ok)
  }
  return results
}
