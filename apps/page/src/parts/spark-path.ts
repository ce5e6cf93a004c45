type Size = { readonly width: number; readonly height: number; readonly slots: number }

/** So much of the height stays free above the largest value; a steady rate has its place there. */
const HEAD_ROOM = 1.25

/**
 * The line through values as a path of SVG: `width` for `slots` values, the newest at the right
 * edge, zero at the bottom of `height`. A single value has no line yet.
 */
export function sparkPath(values: readonly number[], { width, height, slots }: Size): string {
  if (values.length < 2) return ''
  const max = Math.max(...values, 1) * HEAD_ROOM
  const step = width / Math.max(1, slots - 1)
  const first = width - (values.length - 1) * step
  const points = values.map((value, index) => {
    const [x, y] = [first + index * step, height - (value / max) * height]
    return `${round(x)},${round(y)}`
  })
  return `M${points.join('L')}`
}

/** What lies below that line. */
export function sparkArea(values: readonly number[], size: Size): string {
  const line = sparkPath(values, size)
  if (line === '') return ''
  const from = line.slice(1, line.indexOf(','))
  return `${line}V${size.height}H${from}Z`
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
