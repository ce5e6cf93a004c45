import type { ListedChannel } from '@kptv/contract'
import { factsOf, type MediaPlayer } from './media-facts.ts'
import type { PlayerState } from './playing.ts'
import { Resumption } from './resumption.ts'
import { nextWay, type Way } from './ways-to-play.ts'

/** Of the error of a media element. */
const MEDIA_ERR_DECODE = 3

type Report = (state: PlayerState) => void

export type Playable = Pick<ListedChannel, 'id' | 'file'>

/**
 * Plays a channel: its transport stream where the browser can be handed media, or what the server
 * makes of it if the browser cannot decode that; otherwise (iPhones) HLS, which those play
 * themselves, as all browsers do with the file of a VOD.
 */
export async function startPlayer(video: HTMLVideoElement, channel: Playable, report: Report): Promise<MediaPlayer> {
  const { id: channelId, file } = channel
  if (file !== null) return startOwnPlayer(video, `stream/${channelId}.${file}`, report)
  if ('MediaSource' in window || 'ManagedMediaSource' in window) return startInWays(video, channelId, report)
  return startOwnPlayer(video, `stream/${channelId}.m3u8`, report)
}

/** Tries one way after another, as long as another one may help. */
async function startInWays(video: HTMLVideoElement, channelId: string, report: Report): Promise<MediaPlayer> {
  let player: MediaPlayer | undefined
  let isStopped = false

  async function start(way: Way): Promise<void> {
    const started = await STARTS[way](video, `stream/${channelId}`, (state) => {
      const next = state.phase === 'failed' ? nextWay(way, state) : undefined
      if (next === undefined) return report(state)
      player?.stop()
      report({ phase: 'starting' })
      void start(next)
    })
    if (isStopped) return started.stop()
    player = started
  }

  await start('original')
  return {
    facts: () => player?.facts(),
    stop() {
      isStopped = true
      player?.stop()
    },
  }
}

/** Players are loaded when they are needed first; both want whole addresses. */
const STARTS: Record<Way, (video: HTMLVideoElement, path: string, report: Report) => Promise<MediaPlayer>> = {
  async original(video, path, report) {
    const { startStreamPlayer } = await import('./stream-player.ts')
    return startStreamPlayer(video, new URL(`${path}.ts`, location.href).href, true, report)
  },
  async converted(video, path, report) {
    const { startConvertedPlayer } = await import('./converted-player.ts')
    return startConvertedPlayer(video, new URL(`${path}.m3u8?format=fmp4&audio=aac`, location.href).href, report)
  },
  async silent(video, path, report) {
    const { startStreamPlayer } = await import('./stream-player.ts')
    return startStreamPlayer(video, new URL(`${path}.ts`, location.href).href, false, report)
  },
}

/** The browser's own player. Of an answer that is no media it says only that it failed. */
function startOwnPlayer(video: HTMLVideoElement, address: string, report: Report): MediaPlayer {
  const resumption = new Resumption()
  let resuming: ReturnType<typeof setTimeout> | undefined
  let isPausedByViewer = false
  const notePause = (): void => {
    // A failure pauses it too.
    if (video.error === null) isPausedByViewer = video.paused
  }
  const resumeAt = (atS: number): void => {
    resuming = undefined
    video.load()
    video.currentTime = atS
    // If it fails again, that is another event.
    if (!isPausedByViewer) video.play().catch(() => undefined)
  }
  const failed = async (): Promise<void> => {
    const atS = video.currentTime
    // Damaged media stays damaged.
    const pauseMs = video.error?.code === MEDIA_ERR_DECODE ? undefined : resumption.nextPauseMs(atS)
    if (pauseMs !== undefined) {
      resuming = setTimeout(() => resumeAt(atS), pauseMs)
      return report({ phase: 'waiting', facts: undefined })
    }
    const status = await refusalOf(address)
    report({ phase: 'failed', status, isUnsupported: status === undefined })
  }
  const listeners = { error: failed, pause: notePause, play: notePause }
  for (const [event, listener] of Object.entries(listeners)) video.addEventListener(event, listener)
  video.src = address
  return {
    facts: () => (video.videoWidth === 0 || resuming !== undefined ? undefined : factsOf(video, [])),
    stop() {
      clearTimeout(resuming)
      for (const [event, listener] of Object.entries(listeners)) video.removeEventListener(event, listener)
      video.removeAttribute('src')
      video.load()
    },
  }
}

/** Status with which the edge refuses the media; 0: it does not answer; undefined: it has them. */
async function refusalOf(address: string): Promise<number | undefined> {
  const response = await fetch(address, { headers: { Range: 'bytes=0-0' } }).catch(() => undefined)
  await response?.body?.cancel()
  if (response === undefined) return 0
  return response.ok ? undefined : response.status
}
