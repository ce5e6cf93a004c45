/**
 * `npm run chaos [-- --row <name> …] [--runs <number>] [--rigs <number>] [--logs <folder>] [--write
 * <document>]`: lets everything fail that the cluster must survive, with real processes, and prints
 * what viewers and provider saw of it. The exit code is 1 when a row did not hold.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import { loadNow, machineFacts } from '@kptv/testkit'
import { figuresOf, type RowFigures } from './figures.ts'
import { chaosTable, replaceBlock, seconds } from './report.ts'
import { ROWS, type Row } from './rows.ts'
import { runRow } from './run-row.ts'
import type { RunResult } from './scenario.ts'

const { values } = parseArgs({
  options: {
    row: { type: 'string', multiple: true },
    runs: { type: 'string', default: '10' },
    /** That share the machine, for rows that mostly wait. */
    rigs: { type: 'string', default: '3' },
    /** Where the logs of runs go that did not go well. */
    logs: { type: 'string' },
    /** The table is written into it too, between `<!-- chaos -->` and `<!-- /chaos -->`. */
    write: { type: 'string' },
  },
})
const rows = chooseRows(values.row ?? [])
const [runs, rigs] = [countOf('runs'), countOf('rigs')]
// Who started this is gone; what it has started itself is ended by its guardian.
process.on('disconnect', () => process.exit(1))
const facts = machineFacts().map(([fact, value]) => `${fact.padEnd(9)} ${value}`)
console.log(facts.join('\n'))
const startedAtMs = performance.now()
const done: Array<{ readonly row: Row; readonly figures: RowFigures }> = []
const delays: number[] = []
for (const row of rows) done.push({ row, figures: await play(row) })
const held = done.filter(({ figures }) => figures.isHeld).length
const summary = [
  ...chaosTable(done),
  '',
  `${held} of ${rows.length} rows held, in ${seconds(performance.now() - startedAtMs)}; the judge was late by at most ${seconds(Math.max(...delays))}`,
]
console.log(`\n${summary.join('\n')}`)
if (values.write !== undefined) {
  writeFileSync(values.write, replaceBlock(readFileSync(values.write, 'utf8'), [...facts, '', ...summary]))
}
// Whatever a run left open, this program has nothing more to say.
process.exit(held === rows.length ? 0 : 1)

async function play(row: Row): Promise<RowFigures> {
  console.log(`\n${row.name}: ${row.title} (load ${loadNow()})`)
  const delay = monitorEventLoopDelay({ resolution: 10 })
  delay.enable()
  const results = await runRow(row, { runs, rigs, logFolder: values.logs, onRun: tellRun })
  // What the judge itself was late by is in every figure.
  const [p99, most] = [delay.percentile(99), delay.max].map((ns) => Math.max(0, ns / 1e6 - 10))
  delays.push(most!)
  console.log(`  the judge's own delay: p99 ${Math.round(p99!)} ms, most ${Math.round(most!)} ms`)
  return figuresOf(row, results)
}

function tellRun(run: number, outcome: RunResult | Error): void {
  if (outcome instanceof Error) return console.log(`  ${run + 1}: ${outcome.message}`)
  const samples = Object.entries(outcome.samples).map(
    ([what, times]) => `${what} ${Math.round(times.reduce((most, one) => Math.max(most, one), 0))} ms`,
  )
  const provider = `at once ${outcome.maxConnections}, new ${outcome.newConnections}`
  const clean = `clean after ${Math.round(outcome.cleanAfterMs)} ms`
  console.log(`  ${run + 1}: ${[...samples, provider, `ended ${outcome.endedResponses}`, clean].join(', ')}`)
  for (const violation of outcome.violations) console.log(`     ! ${violation}`)
}

function chooseRows(wanted: readonly string[]): readonly Row[] {
  const unknown = wanted.filter((name) => !ROWS.some((row) => row.name === name))
  if (unknown.length === 0) return wanted.length === 0 ? ROWS : ROWS.filter((row) => wanted.includes(row.name))
  return refuse(`there is no row ${unknown.join(', ')}; there are: ${ROWS.map((row) => row.name).join(', ')}`)
}

function countOf(option: 'runs' | 'rigs'): number {
  const count = Number(values[option])
  return Number.isInteger(count) && count > 0 ? count : refuse(`--${option} must be a number from 1 on`)
}

function refuse(why: string): never {
  console.error(`kptv: ${why}`)
  process.exit(1)
}
