import type { LiveSource, LiveState } from '@kptv/contract'
import { adminWords } from '../words/admin/admin-words.ts'
import { format } from '../words/format.ts'
import { words } from '../words/words.ts'
import { BeatBar } from './recent/beat-bar.tsx'

/** More slots than this are a number, not squares. */
const MAX_SQUARES = 12

type SourceSlotsProps = {
  readonly id: string
  readonly source: LiveSource
  readonly channels: LiveState['channels']
}

/** A source and its connections: a square for each, filled by the channel that uses it. */
export function SourceSlots({ id, source, channels }: SourceSlotsProps) {
  const { admin } = words.value
  const { whole, ago } = format.value
  const { name, limit, slots, entries, fetchedAt, alarm } = source
  const free = limit === null ? 0 : Math.max(0, limit - slots.length)
  const isFull = limit !== null && slots.length >= limit
  const isDrawn = limit !== null && limit <= MAX_SQUARES
  return (
    <li class={alarm === null ? 'tile' : 'tile tile-bad'}>
      <div class="tile-head">
        <strong>{name}</strong>
        <span class={isFull ? 'slot-count warn' : 'slot-count'}>
          {admin.slots(whole(slots.length), limit === null ? '∞' : whole(limit))}
          {isFull && ` · ${adminWords.value.live.full}`}
        </span>
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
      {source.import === 'importing' && <Progress read={source.progress ?? 0} expected={entries} />}
      <BeatBar source={id} />
      {alarm !== null && <p class="bad">{alarm}</p>}
    </li>
  )
}

/** Against the last list; of the first one nothing is known. */
function Progress({ read, expected }: { readonly read: number; readonly expected: number }) {
  if (expected === 0) {
    return (
      <span class="progress progress-open" aria-hidden="true">
        <span />
      </span>
    )
  }
  return (
    <span class="progress" aria-hidden="true">
      <span style={{ width: `${Math.min(1, read / expected) * 100}%` }} />
    </span>
  )
}
