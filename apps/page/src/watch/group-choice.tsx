import { format } from '../words/format.ts'
import { words } from '../words/words.ts'
import { namedGroups } from './channel-list.ts'

type GroupChoiceProps = {
  /** The chosen one; empty: all channels. */
  readonly group: string
  readonly addressOf: (name: string) => string
}

/** The groups with their sizes, to choose one. */
export function GroupChoice({ group, addressOf }: GroupChoiceProps) {
  const { list } = words.value
  const { whole } = format.value
  return (
    <label class="group-choice">
      <span class="unseen">{list.groups}</span>
      <select value={group} onChange={(event) => location.assign(addressOf(event.currentTarget.value))}>
        <option value="">{list.allGroups}</option>
        {namedGroups.value.map(({ name, channels }) => (
          <option key={name} value={name}>{`${name} (${whole(channels)})`}</option>
        ))}
      </select>
    </label>
  )
}
