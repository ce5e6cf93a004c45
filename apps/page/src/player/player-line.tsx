import type { ListedChannel } from '@kptv/contract'
import { format } from '../words/format.ts'
import { words } from '../words/words.ts'
import type { MediaFacts } from './media-facts.ts'
import { type PlayerState, play, playerState } from './playing.ts'

/** The line below the video: how it goes, and the figures that support asks for. */
export function PlayerLine({ channel }: { readonly channel: ListedChannel }) {
  const { player } = words.value
  const state = playerState.value
  switch (state.phase) {
    case 'starting':
      return <p class="player-line">{player.starting}</p>
    case 'failed':
      return <Failed state={state} channel={channel} />
    case 'waiting':
      return <p class="player-line">{player.waiting}</p>
    case 'playing':
      return <p class="player-line">{state.facts && <Facts facts={state.facts} />}</p>
  }
}

function Failed({
  state: { status, isUnsupported },
  channel,
}: {
  readonly state: Extract<PlayerState, { readonly phase: 'failed' }>
  readonly channel: ListedChannel
}) {
  const { player } = words.value
  return (
    <div class="player-line" role="alert">
      <p class="bad">{isUnsupported ? player.unsupported : (player.statuses[status ?? 0] ?? player.failed)}</p>
      <button type="button" class="button" onClick={() => play(channel)}>
        {player.retry}
      </button>
    </div>
  )
}

function Facts({ facts }: { readonly facts: MediaFacts }) {
  const { player, units } = words.value
  const { tenth, whole, megabits } = format.value
  const { size, framesPerSecond, codecs, bitsPerSecond, behindS, droppedFrames } = facts
  const rate = framesPerSecond === undefined ? '' : ` · ${whole(Math.round(framesPerSecond))} fps`
  return (
    <>
      {size && <span>{size + rate}</span>}
      {codecs.length > 0 && <span>{codecs.join(' · ')}</span>}
      {bitsPerSecond !== undefined && <span>{`${megabits(bitsPerSecond)} ${units.megabits}`}</span>}
      <span>{player.behind(tenth(behindS))}</span>
      <span>{player.dropped(whole(droppedFrames), droppedFrames === 1)}</span>
    </>
  )
}
