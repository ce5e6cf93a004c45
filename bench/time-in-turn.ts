import { median } from '@kptv/testkit'

/**
 * Times several ways of one piece of work in turn, so that a busy moment of the machine meets all
 * of them; the first round warms up and does not count.
 *
 * @returns the median of each way, ms, by its name
 */
export async function timeInTurn<Name extends string>(
  ways: Readonly<Record<Name, () => void | Promise<void>>>,
  rounds: number,
): Promise<Record<Name, number>> {
  const names = Object.keys(ways) as Name[]
  const times = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>
  for (let round = 0; round <= rounds; round++) {
    for (const name of names) {
      const startedAt = performance.now()
      await ways[name]()
      if (round > 0) times[name].push(performance.now() - startedAt)
    }
  }
  return Object.fromEntries(names.map((name) => [name, median(times[name])])) as Record<Name, number>
}
