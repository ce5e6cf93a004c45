import type { LiveChannel } from '@kptv/contract'
import { Icon } from '../../parts/icon.tsx'
import { Logo } from '../../parts/logo.tsx'
import { adminWords } from '../../words/admin/admin-words.ts'
import { format } from '../../words/format.ts'
import { words } from '../../words/words.ts'
import { edgeNow } from '../live.ts'
import { countChanges } from '../recent/count-troubles.ts'
import { streamEvents } from '../recent/recent-events.ts'
import type { ChannelInPlayProps } from './channel-in-play-props.ts'
import { describeFormat } from './describe-format.ts'
import { toggleChannel } from './details.ts'
import { OpenedChannel } from './opened-channel.tsx'
import { Sparkline } from './sparkline.tsx'

const WELL: ReadonlySet<string> = new Set(['playing', 'following', 'offering', 'preparing', 'withdrawing'])

/** One change may happen to any channel. */
const MIN_CHANGES = 2

/** A channel in one line; it opens. */
export function ChannelInPlay(props: ChannelInPlayProps) {
  const { id, channel, isOpen } = props
  const panel = `channel-${id}`
  return (
    <li class="in-play-item">
      <div class="in-play-row">
        <Logo id={id} name={channel.name} hasLogo={channel.logo} folder="admin/logo" />
        <span class="in-play-name">
          <button type="button" aria-expanded={isOpen} aria-controls={panel} onClick={() => toggleChannel(id)}>
            <Icon name="down" />
            <span class="name">{channel.name}</span>
          </button>
          <SourceOfChannel {...props} />
        </span>
        <Nodes channel={channel} />
        <Rate id={id} channel={channel} />
        <Health id={id} channel={channel} />
        <Viewers channel={channel} />
      </div>
      {isOpen && <OpenedChannel {...props} panel={panel} />}
    </li>
  )
}

function SourceOfChannel({ channel: { source, streamNumber, streamCount }, sources }: ChannelInPlayProps) {
  const { whole } = format.value
  if (source === null) return <span class="muted">{words.value.admin.relayed}</span>
  const place = streamNumber !== null && streamCount > 1
  return (
    <span class="muted">
      {sources[source]?.name ?? source}
      {place && ` · ${adminWords.value.inPlay.stream(whole(streamNumber), whole(streamCount))}`}
    </span>
  )
}

/** The leader first, then those that get the media from it. */
function Nodes({ channel: { nodes } }: { readonly channel: LiveChannel }) {
  const { admin } = words.value
  const { whole } = format.value
  return (
    <span class="chips">
      {nodes.map(({ node, role, viewers }) => (
        <span key={node} class={`chip chip-${role}`}>
          <span class="unseen">{`${admin.roles[role]}: `}</span>
          {node}
          <span aria-hidden="true">{role === 'leads' ? ' ★' : ''}</span> <b>{whole(viewers)}</b>
          <span class="unseen">{` ${admin.viewersUnit}`}</span>
        </span>
      ))}
    </span>
  )
}

function Rate({
  id,
  channel: { bitsPerSecond, format: media },
}: {
  readonly id: string
  readonly channel: LiveChannel
}) {
  return (
    <span class="in-play-rate">
      <span>
        {`${format.value.megabits(bitsPerSecond)} ${words.value.units.megabits}`}
        <Sparkline id={id} />
      </span>
      <span class="muted">{media && describeFormat(media, format.value)}</span>
    </span>
  )
}

function Health({ id, channel: { phase, since } }: { readonly id: string; readonly channel: LiveChannel }) {
  const changes = countChanges(streamEvents.value, id, edgeNow())
  return (
    <span class="in-play-health">
      <span class={WELL.has(phase) ? 'good' : 'warn'}>
        <Icon name={WELL.has(phase) ? 'check' : 'alert'} /> {words.value.admin.phases[phase] ?? phase}
      </span>
      {changes >= MIN_CHANGES && (
        <span class="warn">{adminWords.value.recent.changes(format.value.whole(changes), changes)}</span>
      )}
      <span class="muted">{format.value.duration(edgeNow() - since)}</span>
    </span>
  )
}

function Viewers({ channel: { viewers } }: { readonly channel: LiveChannel }) {
  return <span class="in-play-viewers">{words.value.admin.viewers(format.value.whole(viewers), viewers === 1)}</span>
}
