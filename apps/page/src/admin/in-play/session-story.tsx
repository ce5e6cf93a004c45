import type { EventList } from '@kptv/contract'
import { isAbout } from '@kptv/sentences'
import { createRemote } from '../../parts/remote.ts'
import { addressOf } from '../../parts/route.ts'
import { adminWords } from '../../words/admin/admin-words.ts'
import { EventRows } from '../event-rows.tsx'
import { liveEvents, mergeEvents } from '../live-events.ts'
import { isLoggedIn } from '../session.ts'
import { openChannel } from './details.ts'

const MAX_SHOWN = 8

/** Read once; what happens from then on arrives as events. */
const log = createRemote<EventList>(() => {
  const channel = openChannel.value
  return channel === undefined || !isLoggedIn.value ? undefined : `admin/log?${new URLSearchParams({ channel })}`
})

/** What has happened to a channel, the newest first. */
export function SessionStory({ channel }: { readonly channel: string }) {
  const { inPlay } = adminWords.value
  const isWanted = (event: EventList['events'][number]): boolean => isAbout(event, { channel })
  const events = mergeEvents(liveEvents.value, (log.value.answer?.events ?? []).filter(isWanted), isWanted)
  return (
    <section aria-labelledby="story-title">
      <h3 id="story-title">{inPlay.story}</h3>
      {events.length === 0 ? <p class="muted">{inPlay.noStory}</p> : <EventRows events={events.slice(0, MAX_SHOWN)} />}
      {events.length > MAX_SHOWN && <a href={addressOf('events', { channel })}>{inPlay.wholeStory}</a>}
    </section>
  )
}
