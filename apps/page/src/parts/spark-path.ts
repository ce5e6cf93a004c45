/**
 * The line through values as a path of SVG: `width` for `slots` values, the newest at the right
 * edge, the largest value at the top of `height`.
 */
export function sparkPath(values: readonly number[], size: { width: number; height: number; slots: number }): string {
  const max = Math.max(...values, 1)
  const step = size.width / Math.max(1, size.slots - 1)
  const first = size.width - (values.length - 1) * step
  const points = values.map((value, index) => {
    const [x, y] = [first + index * step, size.height - (value / max) * size.height]
    return `${round(x)},${round(y)}`
  })
  return points.length === 0 ? '' : `M${points.join('L')}`
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
