/**
 * `npm run bench [-- <name> … [--option value …]]`: runs each benchmark in a separate process, and
 * prints the results with a description of the machine. No figure can fail: the exit code is 1 only
 * if a benchmark could not be run.
 */
import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { loadNow, machineFacts } from '@kptv/testkit'
import { duration } from './report.ts'

const FOLDER = new URL('.', import.meta.url)
const SUFFIX = '.bench.ts'
// The quick ones first.
const ORDER = [
  'parse',
  'guide',
  'turns',
  'splice',
  'join',
  'admin',
  'browse',
  'import',
  'xtream',
  'import-beside',
  'guides-beside',
  'fan-out',
  'hls',
  'guides',
  'relay',
  'peers-like',
]

const firstOption = process.argv.findIndex((argument) => argument.startsWith('--'))
const optionsAt = firstOption < 0 ? process.argv.length : firstOption
/** For the benches themselves. */
const options = process.argv.slice(optionsAt)
const names = chooseBenches(process.argv.slice(2, optionsAt))
for (const [fact, value] of machineFacts()) console.log(`${fact.padEnd(9)} ${value}`)
const startedAt = performance.now()
for (const [index, name] of names.entries()) {
  if (index > 0) console.log(`\n${'load'.padEnd(9)} ${loadNow()} before ${name}`)
  const code = await runBench(name)
  if (code === 0) continue
  console.error(`\nkptv: the bench ${name} could not be run to its end`)
  process.exitCode = 1
}
console.log(`\n${names.length} of ${allBenches().length} benches in ${duration(performance.now() - startedAt)}`)

function chooseBenches(wanted: readonly string[]): readonly string[] {
  const all = allBenches()
  const unknown = wanted.filter((name) => !all.includes(name))
  if (unknown.length === 0) return wanted.length === 0 ? all : wanted
  console.error(`kptv: there is no bench ${unknown.join(', ')}; there are: ${all.join(', ')}`)
  process.exit(1)
}

function allBenches(): readonly string[] {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith(SUFFIX))
  const rank = (name: string) => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length)
  return files.map((file) => file.slice(0, -SUFFIX.length)).sort((one, other) => rank(one) - rank(other))
}

/** It is stopped when this process is, or when the one that started this process is gone. */
function runBench(name: string): Promise<number> {
  return new Promise((resolve) => {
    const file = fileURLToPath(new URL(`${name}${SUFFIX}`, FOLDER))
    const child = spawn(process.execPath, [...process.execArgv, file, ...options], {
      stdio: ['ignore', 'inherit', 'inherit'],
    })
    const stop = () => {
      child.kill('SIGTERM')
      process.exit(1)
    }
    const causes = ['disconnect', 'SIGTERM', 'SIGINT']
    const end = (code: number) => {
      for (const cause of causes) process.off(cause, stop)
      process.channel?.unref()
      resolve(code)
    }
    for (const cause of causes) process.once(cause, stop)
    child.once('error', () => end(127))
    child.once('exit', (code) => end(code ?? 1))
  })
}
