import type { LiveSource, LiveState } from '@kptv/contract'
import { format } from '../words/format.ts'
import { words } from '../words/words.ts'

/** More slots than this are a number, not squares. */
const MAX_SQUARES = 12

type SourceSlotsProps = { readonly source: LiveSource; readonly channels: LiveState['channels'] }

/** A source and its connections: a square for each, filled by the channel that uses it. */
export function SourceSlots({ source, channels }: SourceSlotsProps) {
  const { admin } = words.value
  const { whole, ago } = format.value
  const { name, limit, slots, entries, fetchedAt, alarm } = source
  const free = limit === null ? 0 : Math.max(0, limit - slots.length)
  const isDrawn = limit !== null && limit <= MAX_SQUARES
  return (
    <li class={alarm === null ? 'tile' : 'tile tile-bad'}>
      <div class="tile-head">
        <strong>{name}</strong>
        <span class="slot-count">{admin.slots(whole(slots.length), limit === null ? '∞' : whole(limit))}</span>
      </div>
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
      <p class="muted">
        {source.import === 'importing'
          ? admin.importing(whole(source.progress ?? 0))
          : admin.entries(whole(entries), fetchedAt === null ? undefined : ago(Date.now() - Date.parse(fetchedAt)))}
      </p>
      {alarm !== null && <p class="bad">{alarm}</p>}
    </li>
  )
}
