import { type TableRow, textTable } from '@kptv/testkit'
import type { RowFigures } from './figures.ts'
import type { Row } from './rows.ts'

const HEAD: TableRow = ['', 'runs', 'p50', 'p95', 'most', 'target', 'ended', 'at once', 'new', 'clean', '']

const BLOCK = /(<!-- chaos -->\n)[\s\S]*?(<!-- \/chaos -->)/

/**
 * A document with these lines, as code, in place of what stood between `<!-- chaos -->` and `<!--
 * /chaos -->`.
 *
 * @throws Error when it has no such place
 */
export function replaceBlock(text: string, lines: readonly string[]): string {
  if (!BLOCK.test(text)) throw new Error('the document has no <!-- chaos --> … <!-- /chaos -->')
  const block = ['```', ...lines, '```', ''].join('\n')
  return text.replace(BLOCK, (_, begin: string, end: string) => `${begin}${block}${end}`)
}

/** All rows as one table, and below it what must not have happened. */
export function chaosTable(rows: ReadonlyArray<{ readonly row: Row; readonly figures: RowFigures }>): string[] {
  const violations = rows.flatMap(({ row, figures }) =>
    [...figures.violations].map(
      ([sentence, runs]) => `  ${row.name}: ${sentence} (in ${runs} of ${figures.runs} runs)`,
    ),
  )
  return [...textTable(HEAD, rows.flatMap(linesOf)), ...(violations.length === 0 ? [] : ['', ...violations])]
}

/** A row has one line, and one more for each of its targets. */
function linesOf({ row, figures }: { readonly row: Row; readonly figures: RowFigures }): TableRow[] {
  const { newConnections, maxConnections, endedResponses } = figures
  const [least, most] = newConnections
  const own: TableRow = [
    row.title,
    `${figures.runs}`,
    ...['', '', '', ''],
    `${endedResponses}`,
    `${maxConnections}/${row.rig.limit}`,
    least === most ? `${most}` : `${least}-${most}`,
    seconds(figures.cleanAfterMs),
    figures.isHeld ? 'held' : 'NOT HELD',
  ]
  const targets = figures.targets.map(
    ({ what, p50, p95, max, atMostMs, isHeld }): TableRow => [
      `    ${what}`,
      '',
      ...[seconds(p50), seconds(p95), seconds(max)],
      `${isHeld ? '' : '! '}≤ ${seconds(atMostMs)}`,
    ],
  )
  return [own, ...targets]
}

export function seconds(ms: number): string {
  return Number.isFinite(ms) ? `${(ms / 1000).toFixed(2)} s` : '-'
}
