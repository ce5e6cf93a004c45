/**
 * `npm test [-- <arguments for jest>]`: provides what the tests need, checks layout, types, style
 * and words, runs all tests, and says in the last line how many passed and failed. Each check
 * counts as one test. `npm run test:long` adds `--long`: tests play their long forms, and then come
 * every row of faults and the soak.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { ROOT } from './child-process.ts'
import { countResults, type JestResult, summaryLine } from './count-results.ts'
import { providePage } from './provide-page.ts'
import { FFMPEG, findProgram, HAPROXY, NAMES_OF_CHROMIUM, provideProgram, REDIS } from './provide-program.ts'
import { providePyxtream } from './provide-pyxtream.ts'
import { runChecks } from './run-checks.ts'
import { runToEnd, WITHOUT_WARNINGS } from './run-to-end.ts'

const isLong = process.argv.includes('--long')
const jestArguments = process.argv.slice(2).filter((argument) => argument !== '--long')
if (isLong) process.env.TEST_LENGTH = 'long'
// Hundreds of processes start: types are stripped and code is compiled once for all of them.
process.env.NODE_COMPILE_CACHE ??= join(ROOT, '.kptv', 'compile-cache')
const hasDocker = dockerAnswers()
await provideForTests()
const isPyxtreamProvided = providePyxtream(say)
const checks = await runChecks(say)
await isPyxtreamProvided
const results: Array<JestResult | undefined> = []
for (const stage of chooseStages()) results.push(...(await Promise.all(stage.map(runJest))))
const counts = countResults([...checks, ...(await playFaults())], results)
console.log(summaryLine(counts))
process.exitCode = counts.failed === 0 ? 0 : 1

/**
 * Runs of jest; those of a stage run side by side. Tests that start Redis or the product mostly
 * wait, so there may be more of them at once than processors.
 */
function chooseStages(): string[][][] {
  const kinds = ['--selectProjects', 'unit', 'io', 'redis', 'cluster']
  if (jestArguments.length > 0)
    return [[[...jestArguments, ...(jestArguments.includes('--selectProjects') ? [] : kinds)]]]
  const workers = `--maxWorkers=${availableParallelism() + 2}`
  const small = ['--selectProjects', 'unit', 'io', 'redis', workers]
  const cluster = ['--selectProjects', 'cluster', workers]
  const containers = ['--selectProjects', 'containers']
  return [[small], hasDocker ? [cluster, containers] : [cluster]]
}

/** @returns whether all went well, for each */
async function playFaults(): Promise<boolean[]> {
  if (!isLong || jestArguments.length > 0) return []
  const chaos = await runToEnd(process.execPath, [WITHOUT_WARNINGS, 'test/chaos/run.ts', '--runs', '3'])
  return [chaos === 0]
}

async function provideForTests(): Promise<void> {
  if (process.env.REDIS_URL === undefined && (await provideProgram(REDIS, say)) === undefined) {
    say('tests that need Redis will try a container; or set REDIS_URL')
  }
  if ((await provideProgram(FFMPEG, say)) === undefined) say('tests that let ffmpeg judge are skipped')
  if ((await provideProgram(HAPROXY, say)) === undefined) say('tests behind HAProxy are skipped')
  await providePage(say)
  if (findProgram(NAMES_OF_CHROMIUM) === undefined) say('Chromium is not installed: tests in a browser are skipped')
  if (isLong && [['kodi'], ['Xvfb']].some((names) => findProgram(names) === undefined)) {
    say('Kodi or Xvfb is not installed: the test in which Kodi judges is skipped')
  }
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
    // jest repeats its results as JSON on standard output; what people read is on standard error.
    await runToEnd(
      process.execPath,
      // The run must end even if a test leaves something open.
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
