import type { ListedChannel } from '@kptv/contract'
import { factsOf, type MediaPlayer } from './media-facts.ts'
import type { PlayerState } from './playing.ts'

type Report = (state: PlayerState) => void

export type Playable = Pick<ListedChannel, 'id' | 'file'>

/**
 * Plays a channel: its transport stream where the browser can be handed media, otherwise (iPhones)
 * HLS, which those play themselves, as all browsers do with the file of a VOD. The player for
 * transport streams is loaded at the first use.
 */
export async function startPlayer(video: HTMLVideoElement, channel: Playable, report: Report): Promise<MediaPlayer> {
  const { id: channelId, file } = channel
  if (file !== null) return startOwnPlayer(video, `stream/${channelId}.${file}`, report)
  if ('MediaSource' in window || 'ManagedMediaSource' in window) {
    const { startStreamPlayer } = await import('./stream-player.ts')
    return startStreamPlayer(video, new URL(`stream/${channelId}.ts`, location.href).href, report)
  }
  return startOwnPlayer(video, `stream/${channelId}.m3u8`, report)
}

/** The player that the browser has itself. */
function startOwnPlayer(video: HTMLVideoElement, address: string, report: Report): MediaPlayer {
  const failed = (): void => report({ phase: 'failed', status: undefined, isUnsupported: true })
  video.addEventListener('error', failed)
  video.src = address
  return {
    facts: () => (video.videoWidth === 0 ? undefined : factsOf(video, [])),
    stop() {
      video.removeEventListener('error', failed)
      video.removeAttribute('src')
      video.load()
    },
  }
}
