import type { ChannelDetails, StreamState } from '@kptv/contract'
import { adminWords } from '../../words/admin/admin-words.ts'
import { format } from '../../words/format.ts'
import { OrderButton } from '../orders/order-button.tsx'
import type { ChannelInPlayProps } from './channel-in-play-props.ts'

type StreamListProps = { readonly details: ChannelDetails; readonly sources: ChannelInPlayProps['sources'] }

/** The streams of a channel, and what keeps them from being tried. */
export function StreamList({ details: { name, streams }, sources }: StreamListProps) {
  const { inPlay } = adminWords.value
  const { whole } = format.value
  return (
    <section aria-labelledby="streams-title">
      <h3 id="streams-title">{inPlay.streams}</h3>
      {streams.length === 0 && <p class="muted">{inPlay.noStreams}</p>}
      <ol class="streams">
        {streams.map((stream, index) => (
          <li key={stream.stream} class={`stream stream-${stateOf(stream)}`}>
            <span class="stream-number">{whole(index + 1)}</span>
            <span class="stream-about">
              <strong>{sources[stream.source]?.name ?? stream.source}</strong>
              <StreamWords stream={stream} />
            </span>
            {['blocked', 'quarantined'].includes(stateOf(stream)) && (
              <OrderButton order={{ order: 'unblock-stream', stream: stream.stream }} about={name} />
            )}
          </li>
        ))}
      </ol>
    </section>
  )
}

function StreamWords({ stream }: { readonly stream: StreamState }) {
  const { inPlay } = adminWords.value
  switch (stateOf(stream)) {
    case 'plays':
      return <span class="good">● {inPlay.streamStates.plays}</span>
    case 'quarantined':
      return (
        <span class="bad" title={stream.quarantine ?? ''}>
          ▲ {inPlay.quarantined}
        </span>
      )
    case 'blocked':
      return <span class="warn">▲ {inPlay.blocked(format.value.duration(stream.blockedForMs))}</span>
    case 'ready':
      return <span class="muted">○ {inPlay.streamStates.ready}</span>
  }
}

function stateOf({ plays, quarantine, blockedForMs }: StreamState): 'plays' | 'quarantined' | 'blocked' | 'ready' {
  if (quarantine !== null) return 'quarantined'
  if (plays) return 'plays'
  return blockedForMs > 0 ? 'blocked' : 'ready'
}
