import type { ListedChannel } from '@kptv/contract'
import { Icon } from '../parts/icon.tsx'
import { Logo } from '../parts/logo.tsx'
import { play, playing } from '../player/playing.ts'
import { format } from '../words/format.ts'
import { words } from '../words/words.ts'
import { nowPlaying } from './channel-list.ts'
import { progressOf } from './programme-time.ts'

export function ChannelRow({ channel }: { readonly channel: ListedChannel }) {
  const { id, name, number, group, logo } = channel
  const isPlaying = playing.value?.channel.id === id
  return (
    <li class="channel">
      <button type="button" aria-pressed={isPlaying} onClick={() => play(channel)}>
        <span class="unseen">{words.value.list.play}</span>
        <span class="channel-number">{number}</span>
        <Logo id={id} name={name} hasLogo={logo} />
        <span class="channel-name">
          <strong class="name">{name}</strong>
          <span class="muted">{group}</span>
        </span>
        <OnNow id={id} />
        <span class="channel-play">
          <Icon name="play" />
        </span>
      </button>
    </li>
  )
}

function OnNow({ id }: { readonly id: string }) {
  const { now, next } = nowPlaying.value.get(id) ?? {}
  const { clock } = format.value
  const { list } = words.value
  return (
    <span class="on-now">
      {now && (
        <span class="programme">
          <span class="programme-title">{now.title}</span>
          <span class="progress">
            <span style={{ width: `${progressOf(now, Date.now()) * 100}%` }} />
          </span>
        </span>
      )}
      {now && <span class="muted">{list.until(clock(Date.parse(now.stop)))}</span>}
      {next && <span class="muted next">{list.next(clock(Date.parse(next.start)), next.title)}</span>}
    </span>
  )
}
