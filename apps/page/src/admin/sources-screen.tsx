import type { LiveSource, LiveState } from '@kptv/contract'
import { Icon } from '../parts/icon.tsx'
import { adminWords } from '../words/admin/admin-words.ts'
import { format } from '../words/format.ts'
import { words } from '../words/words.ts'
import { OrderButton } from './orders/order-button.tsx'
import { request } from './orders/orders.ts'
import { ListHistory } from './recent/list-history.tsx'

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
      <ul class="sources">
        {sources.map(([id, source]) => (
          <SourceCard key={id} id={id} source={source} />
        ))}
      </ul>
    </div>
  )
}

function SourceCard({ id, source }: { readonly id: string; readonly source: LiveSource }) {
  const { admin } = words.value
  const { whole, ago } = format.value
  const { name, slots, limit, entries, fetchedAt, alarm, setAside, progress } = source
  return (
    <li class={alarm === null ? 'card source-card' : 'card source-card tile-bad'}>
      <div class="tile-head">
        <h2>{name}</h2>
        <span>{admin.slots(whole(slots.length), limit === null ? '∞' : whole(limit))}</span>
      </div>
      {alarm !== null && (
        <p class="bad">
          <Icon name="alert" /> {alarm}
        </p>
      )}
      <p class="muted">
        {source.import === 'importing'
          ? admin.importing(whole(progress ?? 0))
          : admin.entries(whole(entries), fetchedAt === null ? undefined : ago(Date.now() - Date.parse(fetchedAt)))}
        {setAside !== null && ` · ${admin.setAside(whole(setAside))}`}
      </p>
      <div class="opened-orders">
        <OrderButton order={{ order: 'read-list', source: id }} about={name} />
        {setAside !== null && <OrderButton order={{ order: 'accept-list', source: id }} about={name} />}
      </div>
      <ListHistory source={id} />
    </li>
  )
}
