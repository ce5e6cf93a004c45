import type { MediaPlayer } from './media-facts.ts'
import { type Playable, startPlayer } from './media-player.ts'
import { type PlayerState, playerState } from './playing.ts'

const EVERY_MS = 1_000

/** Plays in the element and reports how that goes. @returns ends it */
export function watchPlayer(video: HTMLVideoElement, channel: Playable): () => void {
  let player: MediaPlayer | undefined
  let isOver = false
  const report = (state: PlayerState): void => {
    if (!isOver) playerState.value = state
  }
  const look = (): void => {
    if (playerState.peek().phase === 'failed' || player === undefined) return
    const facts = player.facts()
    if (facts === undefined) return
    // HAVE_FUTURE_DATA: there is something to show next.
    const isFlowing = video.paused || video.readyState >= 3
    report({ phase: isFlowing ? 'playing' : 'waiting', facts })
  }
  const timer = setInterval(look, EVERY_MS)
  video.addEventListener('playing', look)
  void startPlayer(video, channel, report).then((started) => {
    player = started
    if (isOver) started.stop()
  })
  return () => {
    isOver = true
    clearInterval(timer)
    video.removeEventListener('playing', look)
    player?.stop()
  }
}
