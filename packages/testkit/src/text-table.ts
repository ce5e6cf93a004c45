/** A row of a table: its label, then a cell for each column. */
export type TableRow = readonly [label: string, ...cells: string[]]

/**
 * The lines of a table. Columns are as wide as their widest cell; figures stand at the right. An
 * empty label of the head is fine.
 */
export function textTable(head: TableRow, rows: readonly TableRow[]): string[] {
  const all = [head, ...rows]
  const widths = head.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)))
  return all.map((row) => {
    const cells = row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)))
    return `  ${cells.join('   ')}`.trimEnd()
  })
}
