import { quantile } from '@kptv/testkit'
import type { Row } from './rows.ts'
import type { RunResult } from './scenario.ts'

type Spread = { readonly p50: number; readonly p95: number; readonly max: number }

/** One line of the table: what a target asks for, and what was measured in all runs. */
type TargetFigures = Spread & { readonly what: string; readonly atMostMs: number; readonly isHeld: boolean }

export type RowFigures = {
  readonly runs: number
  readonly targets: readonly TargetFigures[]
  readonly endedResponses: number
  readonly maxConnections: number
  /** The least and the most of a run. */
  readonly newConnections: readonly [least: number, most: number]
  /** The longest that it took until nothing was left. */
  readonly cleanAfterMs: number
  /** Sentences, each with the number of runs in which it was true. */
  readonly violations: ReadonlyMap<string, number>
  readonly isHeld: boolean
}

function spreadOf(values: readonly number[]): Spread {
  return { p50: quantile(values, 0.5), p95: quantile(values, 0.95), max: quantile(values, 1) }
}

/** Judges the runs of a row. A row without a run has not held. */
export function figuresOf(
  row: Pick<Row, 'rig' | 'targets' | 'newConnections'>,
  results: readonly RunResult[],
): RowFigures {
  const targets = row.targets.map(({ what, atMostMs }) => {
    const spread = spreadOf(results.flatMap((result) => result.samples[what] ?? []))
    return { what, atMostMs, ...spread, isHeld: spread.p95 <= atMostMs }
  })
  const violations = new Map<string, number>()
  for (const { violations: ofRun } of results) {
    for (const sentence of ofRun) violations.set(sentence, (violations.get(sentence) ?? 0) + 1)
  }
  const opened = results.map((result) => result.newConnections)
  const newConnections = [Math.min(...opened), Math.max(...opened)] as const
  const maxConnections = Math.max(...results.map((result) => result.maxConnections))
  const endedResponses = results.reduce((sum, result) => sum + result.endedResponses, 0)
  const expected = row.newConnections?.exactly
  const isHeld =
    results.length > 0 &&
    targets.every((target) => target.isHeld) &&
    violations.size === 0 &&
    endedResponses === 0 &&
    maxConnections <= row.rig.limit &&
    (expected === undefined || newConnections.every((count) => count === expected))
  const cleanAfterMs = Math.max(...results.map((result) => result.cleanAfterMs))
  return {
    runs: results.length,
    targets,
    endedResponses,
    maxConnections,
    newConnections,
    cleanAfterMs,
    violations,
    isHeld,
  }
}
