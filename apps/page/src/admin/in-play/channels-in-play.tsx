import type { LiveState } from '@kptv/contract'
import { signal } from '@preact/signals'
import { FilterText } from '../../parts/filter-text.tsx'
import { adminWords } from '../../words/admin/admin-words.ts'
import { words } from '../../words/words.ts'
import { arrangeRows, SORTS, type Sort } from './arrange-rows.ts'
import { ChannelInPlay } from './channel-in-play.tsx'
import { openChannel } from './details.ts'

const arrangement = signal<{ readonly text: string; readonly sort: Sort }>({ text: '', sort: 'viewers' })

/** With fewer there is nothing to look for. */
const MIN_TO_FILTER = 6

/** One row for each channel. */
export function ChannelsInPlay({ state }: { readonly state: LiveState }) {
  const { admin } = words.value
  const count = Object.keys(state.channels).length
  return (
    <section aria-labelledby="channels-title">
      <div class="section-head">
        <h2 id="channels-title">{admin.channels}</h2>
        {count >= MIN_TO_FILTER && <Arrangement />}
      </div>
      {count === 0 ? <p class="tile muted">{admin.nothingPlays}</p> : <Rows state={state} />}
    </section>
  )
}

function Rows({ state }: { readonly state: LiveState }) {
  const isFew = Object.keys(state.channels).length < MIN_TO_FILTER
  const rows = arrangeRows(state, isFew ? { text: '', sort: 'viewers' } : arrangement.value)
  if (rows.length === 0) return <p class="tile muted">{adminWords.value.inPlay.noneMatches}</p>
  return (
    <ul class="in-play">
      {rows.map(([id, channel]) => (
        <ChannelInPlay key={id} id={id} channel={channel} sources={state.sources} isOpen={openChannel.value === id} />
      ))}
    </ul>
  )
}

function Arrangement() {
  const { inPlay } = adminWords.value
  const change = (part: Partial<typeof arrangement.value>): void => {
    arrangement.value = { ...arrangement.peek(), ...part }
  }
  return (
    <div class="filters">
      <FilterText label={inPlay.filter} value={arrangement.value.text} onInput={(text) => change({ text })} />
      <label class="filter">
        <span>{inPlay.sort}</span>
        <select
          value={arrangement.value.sort}
          onChange={(event) => change({ sort: event.currentTarget.value as Sort })}
        >
          {SORTS.map((sort) => (
            <option key={sort} value={sort}>
              {inPlay.sorts[sort]}
            </option>
          ))}
        </select>
      </label>
    </div>
  )
}
