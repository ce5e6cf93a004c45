import type { ListedChannel } from '@kptv/contract'
import { useEffect, useRef } from 'preact/hooks'
import { Icon } from '../parts/icon.tsx'
import { words } from '../words/words.ts'
import { PlayerLine } from './player-line.tsx'
import { playerState, playing, stopPlaying } from './playing.ts'
import { watchPlayer } from './watch-player.ts'

/** Plays in the corner while one moves on. */
export function CornerPlayer() {
  const present = playing.value
  if (present === undefined) return null
  return <Player key={present.visit} channel={present.channel} />
}

function Player({ channel }: { readonly channel: ListedChannel }) {
  const { player } = words.value
  const video = useRef<HTMLVideoElement>(null)
  useEffect(() => watchPlayer(video.current!, channel), [channel.id])
  const { phase } = playerState.value
  return (
    <aside class={`player player-${phase}`} aria-label={player.title}>
      <div class="player-head">
        <strong>{channel.name}</strong>
        <button type="button" class="icon-button" aria-label={player.close} onClick={stopPlaying}>
          <Icon name="close" />
        </button>
      </div>
      {/* biome-ignore lint/a11y/useMediaCaption: live channels bring their own subtitles, or none */}
      <video ref={video} controls autoPlay playsInline />
      <PlayerLine channel={channel} />
    </aside>
  )
}
