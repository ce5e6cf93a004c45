/**
 * `npm run chaos [-- --row <name> …] [--runs <number>] [--rigs <number>] [--logs <folder>]`: lets everything fail that the cluster must
 * survive, with real processes, and prints what viewers and provider saw of it. The exit code is 1 when a row did not hold.
 */
import { loadavg } from 'node:os'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import { figuresOf, type RowFigures } from './figures.ts'
import { chaosTable, seconds } from './report.ts'
import { ROWS, type Row } from './rows.ts'
import { runRow } from './run-row.ts'

const { values } = parseArgs({
  options: {
    row: { type: 'string', multiple: true },
    runs: { type: 'string', default: '10' },
    rigs: { type: 'string', default: '3' },
    logs: { type: 'string' },
  },
})
const rows = chooseRows(values.row ?? [])
const startedAtMs = performance.now()
const done: Array<{ row: Row; figures: RowFigures }> = []
for (const row of rows) done.push({ row, figures: await play(row) })
console.log(`\n${chaosTable(done).join('\n')}`)
const held = done.filter(({ figures }) => figures.isHeld).length
console.log(`\n${held} of ${rows.length} rows held, in ${seconds(performance.now() - startedAtMs)}`)
// Whatever a run left open, this program has nothing more to say.
process.exit(held === rows.length ? 0 : 1)

async function play(row: Row): Promise<RowFigures> {
  console.log(`\n${row.name}: ${row.title} (load ${loadavg()[0]?.toFixed(2)})`)
  const delay = monitorEventLoopDelay({ resolution: 10 })
  delay.enable()
  const results = await runRow(row, {
    runs: Number(values.runs),
    rigs: Number(values.rigs),
    logFolder: values.logs,
    onRun: (run, outcome) => {
      if (outcome instanceof Error) return console.log(`  ${run + 1}: ${outcome.message}`)
      const samples = Object.entries(outcome.samples).map(
        ([what, times]) => `${what} ${Math.round(Math.max(0, ...times))} ms`,
      )
      const provider = `at once ${outcome.maxConnections}, new ${outcome.newConnections}`
      const clean = `clean after ${Math.round(outcome.cleanAfterMs)} ms`
      console.log(`  ${run + 1}: ${[...samples, provider, `ended ${outcome.endedResponses}`, clean].join(', ')}`)
      for (const violation of outcome.violations) console.log(`     ! ${violation}`)
    },
  })
  // What the judge itself was late by is in every figure.
  console.log(
    `  the judge's own delay: p99 ${Math.round(delay.percentile(99) / 1e6 - 10)} ms, most ${Math.round(delay.max / 1e6 - 10)} ms`,
  )
  return figuresOf(row, results)
}

function chooseRows(wanted: readonly string[]): readonly Row[] {
  const unknown = wanted.filter((name) => !ROWS.some((row) => row.name === name))
  if (unknown.length === 0) return wanted.length === 0 ? ROWS : ROWS.filter((row) => wanted.includes(row.name))
  console.error(`kptv: there is no row ${unknown.join(', ')}; there are: ${ROWS.map((row) => row.name).join(', ')}`)
  process.exit(1)
}
