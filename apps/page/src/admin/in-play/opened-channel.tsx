import type { ChannelDetails } from '@kptv/contract'
import { Problem } from '../../parts/notice.tsx'
import { adminWords } from '../../words/admin/admin-words.ts'
import { OrderButton } from '../orders/order-button.tsx'
import type { ChannelInPlayProps } from './channel-in-play-props.ts'
import { details } from './details.ts'
import { MediaPath } from './media-path.tsx'
import { SessionStory } from './session-story.tsx'
import { SessionTimeline } from './session-timeline.tsx'
import { StreamList } from './stream-list.tsx'
import { ViewerTable } from './viewer-table.tsx'

/** All about a channel in play, and what can be done with it. */
export function OpenedChannel({ id, channel, sources, panel }: ChannelInPlayProps & { readonly panel: string }) {
  const { inPlay } = adminWords.value
  const { name } = channel
  const { answer, error } = details.value
  const known = answer?.channel === id ? answer : undefined
  return (
    <section class="opened" id={panel} aria-label={name}>
      <MediaPath channel={channel} sources={sources} />
      <div class="opened-orders">
        <OrderButton order={{ order: 'next-source', channel: id }} about={name} />
        {channel.nodes.length > 1 && <OrderButton order={{ order: 'move-leader', channel: id }} about={name} />}
        <OrderButton order={{ order: 'stop', channel: id }} about={name} />
      </div>
      {known !== undefined && <Known details={known} sources={sources} />}
      {known === undefined && (error === undefined ? <p class="muted">{inPlay.reading}</p> : <Problem error={error} />)}
    </section>
  )
}

function Known({
  details: known,
  sources,
}: {
  readonly details: ChannelDetails
  readonly sources: ChannelInPlayProps['sources']
}) {
  return (
    <div class="opened-parts">
      <div class="opened-part">
        <StreamList details={known} sources={sources} />
        <SessionTimeline details={known} sources={sources} />
      </div>
      <div class="opened-part">
        <ViewerTable details={known} />
        <SessionStory channel={known.channel} />
      </div>
    </div>
  )
}
