import type { ComponentChildren } from 'preact'
import { adminWords } from '../../words/admin/admin-words.ts'
import { format } from '../../words/format.ts'
import { words } from '../../words/words.ts'
import type { ChannelInPlayProps } from './channel-in-play-props.ts'

/** From the provider to the viewers, as the media goes. */
export function MediaPath({ channel, sources }: Pick<ChannelInPlayProps, 'channel' | 'sources'>) {
  const { inPlay } = adminWords.value
  const { admin, units } = words.value
  const { whole, megabits } = format.value
  const { nodes, source, streamNumber, streamCount, bitsPerSecond, viewers } = channel
  const [first, ...others] = nodes
  const followers = first?.role === 'leads' ? others : nodes
  const stream = streamNumber === null ? '' : inPlay.stream(whole(streamNumber), whole(streamCount))
  const rate = `${megabits(bitsPerSecond)} ${units.megabits}`
  const viewersOf = (count: number): string => admin.viewers(whole(count), count === 1)
  return (
    <ol class="media-path" aria-label={inPlay.path}>
      <Place title={inPlay.provider} name={source === null ? inPlay.noProvider : (sources[source]?.name ?? source)}>
        {[stream, rate].filter(Boolean).join(' · ')}
      </Place>
      {first?.role === 'leads' && (
        <Place title={inPlay.leader} name={`${first.node} ★`} isStrong>
          {viewersOf(first.viewers)}
        </Place>
      )}
      {followers.length > 0 && (
        <Place title={inPlay.relay} name={rate}>
          {inPlay.relayed(whole(followers.length), followers.length === 1)}
        </Place>
      )}
      {followers.length > 0 && (
        <Place title={inPlay.followers} name={followers.map(({ node }) => node).join(', ')}>
          {viewersOf(followers.reduce((sum, one) => sum + one.viewers, 0))}
        </Place>
      )}
      <Place title={inPlay.viewers} name={whole(viewers)} />
    </ol>
  )
}

type PlaceProps = {
  readonly title: string
  readonly name: string
  readonly isStrong?: boolean
  readonly children?: ComponentChildren
}

function Place({ title, name, isStrong = false, children }: PlaceProps) {
  return (
    <li class={isStrong ? 'place place-strong' : 'place'}>
      <span class="place-title">{title}</span>
      <strong>{name}</strong>
      <span class="muted">{children}</span>
    </li>
  )
}
