import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Rig, startRig } from './rig.ts'
import type { Row } from './rows.ts'
import { type RunResult, untilClean } from './scenario.ts'

type RunRowOptions = {
  readonly runs: number
  /** Rigs that share the machine, for rows that mostly wait. */
  readonly rigs: number
  /** Called after each run. */
  readonly onRun: (run: number, outcome: RunResult | Error) => void
  /** Where the logs of runs go that did not go well; undefined: nowhere. */
  readonly logFolder: string | undefined
}

/**
 * Plays a row `runs` times. A rig is used again as long as it heals; after a run that could not be
 * played to its end the next one gets a new rig.
 *
 * @returns what the runs measured; one that could not be played is a result with that as its
 * violation
 */
export async function runRow(row: Row, options: RunRowOptions): Promise<RunResult[]> {
  const results: RunResult[] = []
  let next = 0
  const work = async () => {
    let rig: Rig | undefined
    try {
      while (next < options.runs) {
        const run = next++
        const outcome = await playOnce().catch((error: Error) => error)
        options.onRun(run, outcome)
        const result = outcome instanceof Error ? failedRun(outcome) : outcome
        results.push(result)
        if (result.violations.length > 0) await keepLogs(rig, `${row.name}-${run}`, options.logFolder)
        if (result.violations.length === 0) continue
        await rig?.[Symbol.asyncDispose]()
        rig = undefined

        async function playOnce(): Promise<RunResult> {
          rig ??= await startRig(row.rig)
          await rig.mend()
          const { violations } = await untilClean(rig)
          if (violations.length > 0) throw new Error(`the rig is not clean before the run: ${violations}`)
          return row.run(rig, run)
        }
      }
    } finally {
      await rig?.[Symbol.asyncDispose]()
    }
  }
  await Promise.all(Array.from({ length: row.isWaiting ? Math.min(options.rigs, options.runs) : 1 }, work))
  return results
}

function failedRun(error: Error): RunResult {
  const violations = [`could not be played to its end: ${error.message.split('\n')[0]}`]
  return { samples: {}, endedResponses: 0, maxConnections: 0, newConnections: 0, violations, cleanAfterMs: 0 }
}

async function keepLogs(rig: Rig | undefined, name: string, folder: string | undefined): Promise<void> {
  if (rig === undefined || folder === undefined) return
  const place = join(folder, name)
  await mkdir(place, { recursive: true })
  for (const [index, process] of rig.cluster.processes.entries()) {
    await writeFile(join(place, `${index}.log`), process.output())
  }
}
