import type { LiveChannel, LiveState } from '@kptv/contract'
import { Logo } from '../parts/logo.tsx'
import { format } from '../words/format.ts'
import { words } from '../words/words.ts'
import { Sparkline } from './sparkline.tsx'

/** One row for each channel, those with most viewers first. */
export function ChannelsInPlay({ state }: { readonly state: LiveState }) {
  const { admin } = words.value
  const rows = Object.entries(state.channels).toSorted(
    ([, one], [, other]) => other.viewers - one.viewers || one.name.localeCompare(other.name),
  )
  return (
    <section aria-labelledby="channels-title">
      <h2 id="channels-title">{admin.channels}</h2>
      {rows.length === 0 ? (
        <p class="tile muted">{admin.nothingPlays}</p>
      ) : (
        <ul class="in-play">
          {rows.map(([id, channel]) => (
            <ChannelInPlay key={id} id={id} channel={channel} sources={state.sources} />
          ))}
        </ul>
      )}
    </section>
  )
}

type ChannelInPlayProps = {
  readonly id: string
  readonly channel: LiveChannel
  readonly sources: LiveState['sources']
}

function ChannelInPlay({ id, channel, sources }: ChannelInPlayProps) {
  const { admin, units } = words.value
  const { megabits, duration, whole } = format.value
  const { name, logo, source, phase, nodes, viewers, bitsPerSecond, since } = channel
  const isWell = phase === 'playing' || phase === 'following' || phase === 'offering'
  return (
    <li class="in-play-row">
      <Logo id={id} name={name} hasLogo={logo} folder="admin/logo" />
      <span class="in-play-name">
        <strong>{name}</strong>
        <span class="muted">{source === null ? admin.relayed : (sources[source]?.name ?? source)}</span>
      </span>
      <span class="chips">
        {nodes.map(({ node, role, viewers: own }) => (
          <span key={node} class={`chip chip-${role}`}>
            <span class="unseen">{admin.roles[role]}</span>
            {node}
            <span aria-hidden="true">{role === 'leads' ? ' ★' : ''}</span> <b>{whole(own)}</b>
          </span>
        ))}
      </span>
      <span class="in-play-rate">
        <span>{`${megabits(bitsPerSecond)} ${units.megabits}`}</span>
        <Sparkline id={id} />
      </span>
      <span class="in-play-health">
        <span class={isWell ? 'good' : 'warn'}>{admin.phases[phase] ?? phase}</span>
        <span class="muted">{duration(Date.now() - since)}</span>
      </span>
      <span class="in-play-viewers">{admin.viewers(whole(viewers), viewers === 1)}</span>
    </li>
  )
}
