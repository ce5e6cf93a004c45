import mpegts from 'mpegts.js'
import { codecName } from '../parts/codec-names.ts'
import { factsOf, type MediaPlayer } from './media-facts.ts'
import type { PlayerState } from './playing.ts'

mpegts.LoggingControl.applyConfig({ enableAll: false })

/** Catches up gently after a pause, rather than to stay behind for ever. */
const CONFIG = {
  isLive: true,
  enableStashBuffer: false,
  lazyLoad: false,
  liveSync: true,
  liveSyncMaxLatency: 6,
  liveSyncTargetLatency: 2.5,
  liveSyncPlaybackRate: 1.05,
  autoCleanupSourceBuffer: true,
  autoCleanupMaxBackwardDuration: 30,
  autoCleanupMinBackwardDuration: 15,
  referrerPolicy: 'no-referrer',
} as const

const RETRY_MS = [500, 1_000, 2_000, 4_000]
/** Asking again would not help. */
const HOPELESS: ReadonlySet<number> = new Set([401, 403, 404, 429, 502])
/** After this much media the retries start afresh at the next end. */
const STEADY_S = 20

/** Plays a transport stream by Media Source Extensions; asks again where it ends. */
export function startStreamPlayer(
  video: HTMLVideoElement,
  url: string,
  report: (state: PlayerState) => void,
): MediaPlayer {
  let player: mpegts.Player | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  let retries = 0
  let isStopped = false

  function start(): void {
    player = mpegts.createPlayer({ type: 'mpegts', isLive: true, url }, CONFIG)
    player.on(mpegts.Events.ERROR, (type: string, detail: string, info: { readonly code?: number } | undefined) => {
      // The element reports its own error for media that it cannot decode.
      const isUnsupported = type === mpegts.ErrorTypes.MEDIA_ERROR
      const isRefused = detail === mpegts.ErrorDetails.NETWORK_STATUS_CODE_INVALID
      again(isRefused ? info?.code : undefined, isUnsupported)
    })
    player.on(mpegts.Events.LOADING_COMPLETE, () => again(undefined, false))
    player.attachMediaElement(video)
    player.load()
    // Browsers refuse to play audio without a click of the user.
    Promise.resolve(player.play()).catch(() => undefined)
  }

  function again(status: number | undefined, isUnsupported: boolean): void {
    if (isStopped) return
    if (video.currentTime > STEADY_S) retries = 0
    clear()
    const pauseMs = RETRY_MS[retries]
    if (pauseMs === undefined || (status !== undefined && HOPELESS.has(status))) {
      return report({ phase: 'failed', status, isUnsupported })
    }
    retries += 1
    report({ phase: 'starting' })
    timer = setTimeout(start, pauseMs)
  }

  function clear(): void {
    clearTimeout(timer)
    player?.destroy()
    player = undefined
  }

  start()
  return {
    facts() {
      if (player === undefined || video.videoWidth === 0) return undefined
      const { videoCodec, audioCodec, fps } = player.mediaInfo as mpegts.MSEPlayerMediaInfo
      const { speed } = player.statisticsInfo as mpegts.MSEPlayerStatisticsInfo
      const codecs = [videoCodec, audioCodec].flatMap((codec) => (codec ? [codecName(codec)] : []))
      return { ...factsOf(video, codecs), framesPerSecond: fps, bitsPerSecond: speed && speed * 8_192 }
    },
    stop() {
      isStopped = true
      clear()
    },
  }
}
