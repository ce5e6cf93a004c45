import { addressOf } from '../parts/route.ts'
import { format } from '../words/format.ts'
import { words } from '../words/words.ts'
import { groups, listQuery } from './channel-list.ts'

/** The groups with their sizes; on a narrow screen a choice above the list. */
export function GroupNav() {
  const { list } = words.value
  const { q, group } = listQuery.value
  const all = groups.value.answer?.groups ?? []
  const { whole } = format.value
  const show = (name: string) => addressOf('channels', { q, group: name })
  return (
    <>
      <nav class="groups" aria-label={list.groups}>
        <a href={show('')} aria-current={group === '' ? 'true' : undefined}>
          <span>{list.allGroups}</span>
        </a>
        {all.map(({ name, channels }) =>
          name === '' ? null : (
            <a key={name} href={show(name)} aria-current={name === group ? 'true' : undefined}>
              <span>{name}</span>
              <span class="muted">{whole(channels)}</span>
            </a>
          ),
        )}
      </nav>
      <label class="group-choice">
        <span class="unseen">{list.groups}</span>
        <select value={group} onChange={(event) => location.assign(show(event.currentTarget.value))}>
          <option value="">{list.allGroups}</option>
          {all.map(({ name, channels }) =>
            name === '' ? null : <option key={name} value={name}>{`${name} (${whole(channels)})`}</option>,
          )}
        </select>
      </label>
    </>
  )
}
