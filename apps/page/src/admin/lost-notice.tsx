import { Icon } from '../parts/icon.tsx'
import { adminWords } from '../words/admin/admin-words.ts'
import { format } from '../words/format.ts'
import { connection, heardAtMs, live } from './live.ts'

/** What is shown is old: the edge of this page does not answer. */
export function LostNotice() {
  if (connection.value !== 'lost' || live.value === undefined) return null
  const { edgeAway } = adminWords.value.live
  return (
    <p class="verdict bad lost" role="alert">
      <Icon name="alert" /> <span>{edgeAway(format.value.exactClock(heardAtMs()))}</span>
    </p>
  )
}
