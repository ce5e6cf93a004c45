import { addressOf } from '../parts/route.ts'
import { format } from '../words/format.ts'
import { words } from '../words/words.ts'
import { listQuery, namedGroups } from './channel-list.ts'
import { GroupChoice } from './group-choice.tsx'

/** The groups with their sizes; on a narrow screen a choice above the list. */
export function GroupNav() {
  const { list } = words.value
  const { q, group } = listQuery.value
  const { whole } = format.value
  const show = (name: string) => addressOf('channels', { q, group: name })
  return (
    <>
      <nav class="groups" aria-label={list.groups}>
        <a href={show('')} aria-current={group === '' ? 'true' : undefined}>
          <span>{list.allGroups}</span>
        </a>
        {namedGroups.value.map(({ name, channels }) => (
          <a key={name} href={show(name)} aria-current={name === group ? 'true' : undefined}>
            <span class="name">{name}</span>
            <span class="muted">{whole(channels)}</span>
          </a>
        ))}
      </nav>
      <GroupChoice group={group} addressOf={show} />
    </>
  )
}
