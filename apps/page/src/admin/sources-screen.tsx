import type { LiveSource, LiveState } from '@kptv/contract'
import { useState } from 'preact/hooks'
import { type RequestError, requestJson } from '../parts/request.ts'
import { format } from '../words/format.ts'
import { words } from '../words/words.ts'

/** Imports of the sources, and the one button that helps. */
export function SourcesScreen({ state }: { readonly state: LiveState }) {
  const { admin } = words.value
  const [said, setSaid] = useState('')
  const order = async (path: string, done: string): Promise<void> => {
    const answer = requestJson(path, { method: 'POST' })
    setSaid(
      await answer.then(
        () => done,
        (error: RequestError) => error.message,
      ),
    )
  }
  return (
    <div class="sources-screen">
      <div class="list-head">
        <h1>{admin.sources}</h1>
        <button type="button" class="button" onClick={() => void order('refresh', admin.readRequested)}>
          {admin.readNow}
        </button>
      </div>
      <p aria-live="polite">{said}</p>
      <ul class="sources">
        {Object.entries(state.sources).map(([id, source]) => (
          <SourceCard
            key={id}
            source={source}
            onAccept={() => {
              if (confirm(admin.confirmAccept(source.name))) void order(`sources/${id}/accept`, admin.accepted)
            }}
          />
        ))}
      </ul>
    </div>
  )
}

function SourceCard({ source, onAccept }: { readonly source: LiveSource; readonly onAccept: () => void }) {
  const { admin } = words.value
  const { whole, ago } = format.value
  const { name, slots, limit, entries, fetchedAt, alarm, setAside, progress } = source
  return (
    <li class="card">
      <div class="tile-head">
        <h2>{name}</h2>
        <span>{admin.slots(whole(slots.length), limit === null ? '∞' : whole(limit))}</span>
      </div>
      <p class="muted">
        {source.import === 'importing'
          ? admin.importing(whole(progress ?? 0))
          : admin.entries(whole(entries), fetchedAt === null ? undefined : ago(Date.now() - Date.parse(fetchedAt)))}
      </p>
      {alarm !== null && <p class="bad">{alarm}</p>}
      {setAside !== null && (
        <p>
          {admin.setAside(whole(setAside))}{' '}
          <button type="button" class="button" onClick={onAccept}>
            {admin.accept}
          </button>
        </p>
      )}
    </li>
  )
}
