import { factsOf, type MediaPlayer } from './media-facts.ts'
import type { PlayerState } from './playing.ts'

type Report = (state: PlayerState) => void

/**
 * Plays a channel: its transport stream where the browser can be handed media, otherwise (iPhones)
 * HLS, which those play themselves. The player for the former is loaded at the first use.
 */
export async function startPlayer(video: HTMLVideoElement, channelId: string, report: Report): Promise<MediaPlayer> {
  if ('MediaSource' in window || 'ManagedMediaSource' in window) {
    const { startStreamPlayer } = await import('./stream-player.ts')
    return startStreamPlayer(video, new URL(`stream/${channelId}.ts`, location.href).href, report)
  }
  return startHlsPlayer(video, `stream/${channelId}.m3u8`, report)
}

function startHlsPlayer(video: HTMLVideoElement, address: string, report: Report): MediaPlayer {
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
