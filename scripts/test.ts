/**
 * `npm test [-- <arguments for jest>]`: provides what the tests need, checks layout, types and style, runs all tests, and says in the last line how
 * many passed and failed. The three checks count as one test each.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { countResults, type JestResult, summaryLine } from './count-results.ts'
import { FFMPEG, findProgram, provideProgram, REDIS } from './provide-program.ts'
import { runChecks } from './run-checks.ts'
import { runToEnd, WITHOUT_WARNINGS } from './run-to-end.ts'

const jestArguments = process.argv.slice(2)
const hasDocker = dockerAnswers()
await provideForTests()
const checks = await runChecks(say)
const results: Array<JestResult | undefined> = []
for (const stage of chooseStages()) results.push(...(await Promise.all(stage.map(runJest))))
const counts = countResults(checks, results)
console.log(summaryLine(counts))
process.exitCode = counts.failed === 0 ? 0 : 1

/**
 * Runs of jest, those of a stage side by side. Small tests share the machine. Those of many processes mostly wait, so that images are built beside
 * them: after them, the whole would take too long.
 */
function chooseStages(): string[][][] {
  const kinds = ['--selectProjects', 'unit', 'io', 'redis', 'cluster']
  if (jestArguments.length > 0)
    return [[[...jestArguments, ...(jestArguments.includes('--selectProjects') ? [] : kinds)]]]
  const small = ['--selectProjects', 'unit', 'io', 'redis', '--maxWorkers=2']
  const cluster = ['--selectProjects', 'cluster']
  const containers = ['--selectProjects', 'containers']
  return [[small], hasDocker ? [cluster, containers] : [cluster]]
}

async function provideForTests(): Promise<void> {
  if (process.env.REDIS_URL === undefined && (await provideProgram(REDIS, say)) === undefined) {
    say('tests that need Redis will try a container; or set REDIS_URL')
  }
  if ((await provideProgram(FFMPEG, say)) === undefined) say('tests that let ffmpeg judge are skipped')
  if (!hasDocker) say('Docker does not answer: tests of the container images are skipped')
}

function dockerAnswers(): boolean {
  return (
    findProgram(['docker']) !== undefined &&
    spawnSync('docker', ['info'], { stdio: 'ignore', timeout: 20_000 }).status === 0
  )
}

async function runJest(jestArguments: readonly string[]): Promise<JestResult | undefined> {
  const folder = mkdtempSync(join(tmpdir(), 'kptv-tests-'))
  const outputFile = join(folder, 'results.json')
  const options = ['--experimental-vm-modules', WITHOUT_WARNINGS, 'node_modules/jest/bin/jest.js']
  try {
    // jest repeats its results as JSON on standard output, which nobody wants to read; to people it speaks on standard error.
    await runToEnd(
      process.execPath,
      // Whatever a test leaves open, the run must end.
      [...options, '--forceExit', '--json', `--outputFile=${outputFile}`, ...jestArguments],
      'errors only',
    )
    return JSON.parse(readFileSync(outputFile, 'utf8'))
  } catch {
    return undefined
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function say(line: string): void {
  console.log(`kptv: ${line}`)
}
