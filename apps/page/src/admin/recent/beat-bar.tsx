import { adminWords } from '../../words/admin/admin-words.ts'
import { format } from '../../words/format.ts'
import { edgeNow } from '../live.ts'
import { failureBeats } from './count-troubles.ts'
import { streamEvents } from './recent-events.ts'

const SIZE = { width: 8, height: 14, gap: 2 }
const MIN_HEIGHT = 2

/** The last hour of a source: a bar for each five minutes, as high as it has failed often. */
export function BeatBar({ source }: { readonly source: string }) {
  const beats = failureBeats(streamEvents.value, source, edgeNow())
  const failures = beats.reduce((sum, one) => sum + one, 0)
  const max = Math.max(...beats, 1)
  const step = SIZE.width + SIZE.gap
  return (
    <p class="beats">
      <svg viewBox={`0 0 ${step * beats.length} ${SIZE.height}`} aria-hidden="true">
        {beats.map((beat, index) => {
          const height = beat === 0 ? MIN_HEIGHT : Math.max(2 * MIN_HEIGHT, (beat / max) * SIZE.height)
          const place = { x: index * step, y: SIZE.height - height, width: SIZE.width, height }
          return <rect key={place.x} class={beat === 0 ? 'beat' : 'beat beat-bad'} {...place} />
        })}
      </svg>
      <span class="muted">{adminWords.value.recent.failures(format.value.whole(failures), failures)}</span>
    </p>
  )
}
