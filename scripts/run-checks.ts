import { join } from 'node:path'
import { ROOT } from './child-process.ts'
import { runToEnd, WITHOUT_WARNINGS } from './run-to-end.ts'

/**
 * Layout, licences, types, words and style. @returns for each whether all was well; what was not
 * has been shown.
 */
export async function runChecks(say: (line: string) => void): Promise<boolean[]> {
  const checks: ReadonlyArray<readonly [name: string, check: () => Promise<boolean>]> = [
    ['layout', () => succeeds(process.execPath, [WITHOUT_WARNINGS, 'scripts/check-boundaries.ts'])],
    ['licences', () => succeeds(process.execPath, [WITHOUT_WARNINGS, 'scripts/check-licences.ts'])],
    ['types', () => succeeds(join(ROOT, 'node_modules/.bin/tsc'), ['-p', '.'])],
    ['types of the page', () => succeeds(join(ROOT, 'node_modules/.bin/tsc'), ['-p', 'apps/page'])],
    ['words', () => checkWords(say)],
    ['style', () => succeeds(join(ROOT, 'node_modules/.bin/biome'), ['check'])],
  ]
  const results: boolean[] = []
  for (const [name, check] of checks) {
    const ok = await check()
    say(`${name}: ${ok ? 'ok' : 'failed'}`)
    results.push(ok)
  }
  return results
}

/** Spelling, and the words that docs/style.md retired. */
export async function checkWords(say: (line: string) => void): Promise<boolean> {
  const options = ['--no-progress', '--no-summary', '--cache', '--cache-location', 'node_modules/.cache/cspell']
  const ok = await succeeds(process.execPath, [join(ROOT, 'node_modules/cspell/bin.mjs'), ...options])
  if (!ok) say('words: a new word that is right goes into cspell-words.txt; retired ones are in docs/style.md')
  return ok
}

async function succeeds(command: string, commandArguments: readonly string[]): Promise<boolean> {
  return (await runToEnd(command, commandArguments)) === 0
}
