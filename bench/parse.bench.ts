/**
 * How fast the M3U parser is, against the least that any parser must do, and whether time and
 * memory stay in proportion to the list.
 */
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { writeMadeList } from './made-list.ts'
import { parseList, splitLines } from './parse-list.ts'
import { count, duration, megabytes, printTable, printTitle, ratio } from './report.ts'
import { timeInTurn } from './time-in-turn.ts'

const ENTRIES = 200_000
const ROUNDS = 3

await using list = await writeMadeList({ entries: ENTRIES })
await using twice = await writeMadeList({ entries: 2 * ENTRIES })

const times = await timeInTurn(
  {
    lines: () => expectCount(splitLines(list.path), 2 * ENTRIES + 1),
    parser: () => expectCount(parseList(list.path), ENTRIES),
    parserTwice: () => expectCount(parseList(twice.path), 2 * ENTRIES),
  },
  ROUNDS,
)
const perSecond = (amount: number, ms: number): number => amount / (ms / 1000)
const grown = { once: measureGrowth(list.path), twice: measureGrowth(twice.path) }

printTitle(`parse: ${count(ENTRIES)} entries, ${megabytes(list.bytes)}; median of ${ROUNDS} rounds`)
printTable(
  ['', 'lines only', 'parser', 'ratio'],
  [
    ['time', duration(times.lines), duration(times.parser), ratio(times.parser, times.lines)],
    ['entries a second', count(perSecond(ENTRIES, times.lines)), count(perSecond(ENTRIES, times.parser)), ''],
    [
      'bytes a second',
      megabytes(perSecond(list.bytes, times.lines)),
      megabytes(perSecond(list.bytes, times.parser)),
      '',
    ],
  ],
)
printTable(
  ['', `${count(ENTRIES)} entries`, `${count(2 * ENTRIES)} entries`, 'ratio'],
  [
    ['time', duration(times.parser), duration(times.parserTwice), ratio(times.parserTwice, times.parser)],
    ['peak growth of memory', megabytes(grown.once), megabytes(grown.twice), ratio(grown.twice, grown.once)],
  ],
)

function measureGrowth(path: string): number {
  const program = fileURLToPath(new URL('./parse-memory.ts', import.meta.url))
  return Number(execFileSync(process.execPath, [...process.execArgv, program, path], { encoding: 'utf8' }))
}

/** A bench that lost entries would measure nothing. */
function expectCount(found: number, expected: number): void {
  if (found !== expected) throw new Error(`${found} instead of ${expected}`)
}
