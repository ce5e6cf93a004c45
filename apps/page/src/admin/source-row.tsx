import type { LiveSource, LiveState } from '@kptv/contract'
import { Icon } from '../parts/icon.tsx'
import { format } from '../words/format.ts'
import { words } from '../words/words.ts'
import { edgeNow } from './live.ts'
import { BeatBar } from './recent/beat-bar.tsx'
import { Slots } from './slots.tsx'

type SourceRowProps = {
  readonly id: string
  readonly source: LiveSource
  readonly channels: LiveState['channels']
}

/** A source and its connections: a square for each, filled by the channel that uses it. */
export function SourceRow({ id, source, channels }: SourceRowProps) {
  const { admin } = words.value
  const { whole, ago } = format.value
  const { name, entries, fetchedAt, alarm } = source
  const isReading = source.import === 'importing'
  return (
    <li class={alarm === null ? 'band-row' : 'band-row band-row-bad'}>
      <strong class="band-name">{name}</strong>
      <Slots source={source} channels={channels} />
      <BeatBar source={id} />
      <div class="band-end muted">
        {isReading
          ? admin.importing(whole(source.progress ?? 0))
          : admin.entries(whole(entries), fetchedAt === null ? undefined : ago(edgeNow() - Date.parse(fetchedAt)))}
        {isReading && <Progress read={source.progress ?? 0} expected={entries} />}
      </div>
      {alarm !== null && (
        <p class="band-alarm bad">
          <Icon name="alert" /> <span>{alarm}</span>
        </p>
      )}
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
