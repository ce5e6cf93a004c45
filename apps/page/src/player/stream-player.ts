import mpegts from 'mpegts.js'
import { codecName } from '../parts/codec-names.ts'
import { factsOf, type MediaPlayer } from './media-facts.ts'
import type { PlayerState } from './playing.ts'
import { StuckWatch } from './stuck-watch.ts'

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

/**
 * Plays a transport stream by Media Source Extensions; asks again where it ends, and where its
 * audio has changed so that the video stands still.
 *
 * @param hasAudio `false`: the video alone
 */
export function startStreamPlayer(
  video: HTMLVideoElement,
  url: string,
  hasAudio: boolean,
  report: (state: PlayerState) => void,
): MediaPlayer {
  let player: mpegts.Player | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  let watchTimer: ReturnType<typeof setInterval> | undefined
  let retries = 0
  let isStopped = false

  function start(): void {
    const audio = hasAudio ? {} : { hasAudio }
    const started = mpegts.createPlayer({ type: 'mpegts', isLive: true, url, ...audio }, CONFIG)
    player = started
    started.on(mpegts.Events.ERROR, (type: string, detail: string, info: { readonly code?: number } | undefined) => {
      // The element reports its own error for media that it cannot decode.
      const isUnsupported = type === mpegts.ErrorTypes.MEDIA_ERROR
      const isRefused = detail === mpegts.ErrorDetails.NETWORK_STATUS_CODE_INVALID
      again(isRefused ? info?.code : undefined, isUnsupported)
    })
    started.on(mpegts.Events.LOADING_COMPLETE, () => again(undefined, false))
    started.attachMediaElement(video)
    started.load()
    // Browsers refuse to play audio without a click of the user.
    Promise.resolve(started.play()).catch(() => undefined)
    const watch = new StuckWatch()
    watchTimer = setInterval(() => {
      const { currentTime, paused: isPaused } = video
      // What another start would not help either is something that this browser cannot decode.
      if (watch.isStuck({ currentTime, bitsPerSecond: rateOf(started) ?? 0, isPaused }))
        again(undefined, currentTime === 0)
    }, 1_000)
  }

  function again(status: number | undefined, isUnsupported: boolean): void {
    if (isStopped) return
    if (video.currentTime > STEADY_S) retries = 0
    clear()
    const pauseMs = RETRY_MS[retries]
    if (pauseMs === undefined || isUnsupported || (status !== undefined && HOPELESS.has(status))) {
      return report({ phase: 'failed', status, isUnsupported })
    }
    retries += 1
    report({ phase: 'starting' })
    timer = setTimeout(start, pauseMs)
  }

  function clear(): void {
    clearTimeout(timer)
    clearInterval(watchTimer)
    player?.destroy()
    player = undefined
  }

  start()
  return {
    facts() {
      if (player === undefined || video.videoWidth === 0) return undefined
      const { videoCodec, audioCodec, fps } = player.mediaInfo as mpegts.MSEPlayerMediaInfo
      const codecs = [videoCodec, audioCodec].flatMap((codec) => (codec ? [codecName(codec)] : []))
      return { ...factsOf(video, codecs), framesPerSecond: fps, bitsPerSecond: rateOf(player) }
    },
    stop() {
      isStopped = true
      clear()
    },
  }
}

/** Of what is loaded, in bits per second. */
function rateOf(player: mpegts.Player): number | undefined {
  const { speed } = player.statisticsInfo as mpegts.MSEPlayerStatisticsInfo
  return speed && speed * 8_192
}
