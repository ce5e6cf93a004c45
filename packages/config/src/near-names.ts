/**
 * Warnings for variables whose names are nearly those of settings: a typo would otherwise go
 * unnoticed. Short names must differ by one letter only, because ordinary variables (`HOST`) come
 * close to them by chance.
 */
export function warnOfNearNames(given: readonly string[], known: readonly string[]): string[] {
  return given
    .filter((name) => !known.includes(name))
    .flatMap((name) => {
      const near = known.find((setting) => distance(name, setting, 3) <= (setting.length < 8 ? 1 : 2))
      return near === undefined ? [] : [`${name} is not a setting; did you mean ${near}?`]
    })
}

/**
 * Letters to add, remove, change or swap with their neighbour to get from one word to the other.
 */
function distance(from: string, to: string, enough: number): number {
  if (Math.abs(from.length - to.length) >= enough) return enough
  let beforeLast: number[] = []
  let last = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row]
    for (let column = 1; column <= to.length; column += 1) {
      const change = from[row - 1] === to[column - 1] ? 0 : 1
      const swapped = change === 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
      current[column] = Math.min(
        at(last, column) + 1,
        at(current, column - 1) + 1,
        at(last, column - 1) + change,
        swapped ? at(beforeLast, column - 2) + 1 : enough + to.length,
      )
    }
    beforeLast = last
    last = current
  }
  return at(last, to.length)
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY
}
