import { sparkArea, sparkPath } from '../../parts/spark-path.ts'
import { rates } from '../live.ts'

const SIZE = { width: 120, height: 22, slots: 60 }

/** The rate of the last minute; the number beside it says the same for those who do not see it. */
export function Sparkline({ id }: { readonly id: string }) {
  // Read so that each sample redraws.
  rates.count.value
  const values = rates.of(id)
  return (
    <svg class="sparkline" viewBox={`0 -1 ${SIZE.width} ${SIZE.height + 2}`} aria-hidden="true">
      <path class="sparkline-area" d={sparkArea(values, SIZE)} />
      <path d={sparkPath(values, SIZE)} />
    </svg>
  )
}
