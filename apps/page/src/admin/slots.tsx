import type { LiveSource, LiveState } from '@kptv/contract'
import { adminWords } from '../words/admin/admin-words.ts'
import { format } from '../words/format.ts'
import { words } from '../words/words.ts'

/** More slots than this are a number, not squares. */
const MAX_SQUARES = 12

type SlotsProps = { readonly source: LiveSource; readonly channels: LiveState['channels'] }

/** The connections of a source: a square for each, filled by the channel that uses it. */
export function Slots({ source: { limit, slots }, channels }: SlotsProps) {
  const { admin } = words.value
  const { whole } = format.value
  const free = limit === null ? 0 : Math.max(0, limit - slots.length)
  const isFull = limit !== null && slots.length >= limit
  const isDrawn = limit !== null && limit <= MAX_SQUARES
  return (
    <div class="slots">
      {isDrawn && (
        <span class="squares" aria-hidden="true">
          {slots.map((slot, index) => (
            <span
              key={slot.channel + slot.node + String(index)}
              class={`square square-${slot.state === 'active' ? 'active' : 'other'}`}
              title={`${channels[slot.channel]?.name ?? slot.channel} · ${slot.node} · ${slot.state}`}
            />
          ))}
          {Array.from({ length: free }, (_, index) => (
            <span key={`free-${String(index)}`} class="square" />
          ))}
        </span>
      )}
      <span class={isFull ? 'warn' : undefined}>
        {admin.slots(whole(slots.length), limit === null ? '∞' : whole(limit))}
        {isFull && ` · ${adminWords.value.live.full}`}
      </span>
    </div>
  )
}
