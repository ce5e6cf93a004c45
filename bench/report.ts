import { type TableRow, textTable } from '@kptv/testkit'

export function printTitle(title: string): void {
  console.log(`\n${title}`)
}

export function printTable(head: TableRow, rows: readonly TableRow[]): void {
  console.log(textTable(head, rows).join('\n'))
}

/** `12.3 ×`; two digits behind the point where one would say nothing. */
export function ratio(one: number, other: number): string {
  const value = one / other
  return `${value.toFixed(value < 10 ? 2 : 1)} ×`
}

export function count(value: number): string {
  return Math.round(value).toLocaleString('en')
}

/** Decimal megabytes, as line speeds are given. */
export function megabytes(bytes: number): string {
  const value = bytes / 1e6
  return `${value.toFixed(Math.abs(value) < 10 ? 1 : 0)} MB`
}

export function duration(ms: number): string {
  if (ms >= 10_000) return `${(ms / 1000).toFixed(1)} s`
  if (ms >= 1_000) return `${(ms / 1000).toFixed(2)} s`
  return `${ms.toFixed(ms < 10 ? 1 : 0)} ms`
}
