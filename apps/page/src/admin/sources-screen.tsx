import type { LiveSource, LiveState } from '@kptv/contract'
import { Icon } from '../parts/icon.tsx'
import { adminWords } from '../words/admin/admin-words.ts'
import { format } from '../words/format.ts'
import { words } from '../words/words.ts'
import { edgeNow } from './live.ts'
import { OrderButton } from './orders/order-button.tsx'
import { request } from './orders/orders.ts'
import { BeatBar } from './recent/beat-bar.tsx'
import { ListHistory } from './recent/list-history.tsx'
import { Slots } from './slots.tsx'

/** Imports of the sources, how their lists have changed, and the button that helps. */
export function SourcesScreen({ state }: { readonly state: LiveState }) {
  const { admin } = words.value
  const { readAll } = adminWords.value
  const sources = Object.entries(state.sources)
  return (
    <div class="sources-screen">
      <div class="list-head">
        <h1>{admin.sources}</h1>
        {sources.length > 1 && (
          <button
            type="button"
            class="button"
            onClick={() => void request({ order: { order: 'read-list' }, about: admin.sources })}
          >
            <Icon name="refresh" />
            {readAll}
          </button>
        )}
      </div>
      {sources.length === 0 && <p class="tile muted">{admin.noSources}</p>}
      <ul class="sources">
        {sources.map(([id, source]) => (
          <SourceCard key={id} id={id} source={source} channels={state.channels} />
        ))}
      </ul>
    </div>
  )
}

type SourceCardProps = {
  readonly id: string
  readonly source: LiveSource
  readonly channels: LiveState['channels']
}

function SourceCard({ id, source, channels }: SourceCardProps) {
  const { admin } = words.value
  const { whole } = format.value
  const { name, alarm, setAside } = source
  return (
    <li class={alarm === null ? 'card source-card' : 'card source-card source-bad'}>
      <h2>{name}</h2>
      <Slots source={source} channels={channels} />
      <BeatBar source={id} />
      <div class="source-orders">
        {setAside !== null && <OrderButton order={{ order: 'accept-list', source: id }} about={name} />}
        <OrderButton order={{ order: 'read-list', source: id }} about={name} />
      </div>
      {alarm !== null && (
        <p class="verdict bad">
          <Icon name="alert" />
          <span>
            {alarm}
            {setAside !== null && ` · ${admin.setAside(whole(setAside))}`}
          </span>
        </p>
      )}
      <ListFacts source={source} />
      <ListHistory source={id} />
    </li>
  )
}

/** What the last list had, and what of it is not served. */
function ListFacts({ source }: { readonly source: LiveSource }) {
  const { admin } = words.value
  const { list: texts } = adminWords.value
  const { whole, ago, date } = format.value
  const { entries, fetchedAt, progress, filtered, skipped, skippedFirst, expiresAt } = source
  const skips = Object.entries(skipped)
  const lineOf = (reason: string) => skippedFirst.find((first) => first.reason === reason)?.line
  return (
    <ul class="list-facts muted">
      <li>
        {source.import === 'importing'
          ? admin.importing(whole(progress ?? 0))
          : admin.entries(whole(entries), fetchedAt === null ? undefined : ago(edgeNow() - Date.parse(fetchedAt)))}
      </li>
      {filtered > 0 && <li>{texts.filtered(whole(filtered), filtered === 1)}</li>}
      {skips.map(([reason, count]) => (
        <li key={reason}>{texts.skipped(whole(count), texts.reasons[reason] ?? reason, whole(lineOf(reason) ?? 0))}</li>
      ))}
      {expiresAt !== null && <li>{texts.expires(date(Date.parse(expiresAt)))}</li>}
    </ul>
  )
}
