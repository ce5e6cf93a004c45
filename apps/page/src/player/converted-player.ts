import Hls from 'hls.js/light'
import { codecName } from '../parts/codec-names.ts'
import { factsOf, type MediaPlayer } from './media-facts.ts'
import type { PlayerState } from './playing.ts'

/** The policy of the page admits no script of another address, not even a worker of our own. */
const CONFIG = { enableWorker: false, backBufferLength: 30 } as const

/** Plays HLS by Media Source Extensions. */
export function startConvertedPlayer(
  video: HTMLVideoElement,
  url: string,
  report: (state: PlayerState) => void,
): MediaPlayer {
  const hls = new Hls(CONFIG)
  let hasRecovered = false
  hls.on(Hls.Events.ERROR, (_, { fatal, type, response }) => {
    if (!fatal) return
    const isUnsupported = type === Hls.ErrorTypes.MEDIA_ERROR
    if (isUnsupported && !hasRecovered) {
      hasRecovered = true
      return hls.recoverMediaError()
    }
    report({ phase: 'failed', status: response?.code, isUnsupported })
  })
  hls.loadSource(url)
  hls.attachMedia(video)
  // Browsers refuse to play audio without a click of the user.
  Promise.resolve(video.play()).catch(() => undefined)
  return {
    facts() {
      if (video.videoWidth === 0) return undefined
      const { videoCodec, audioCodec, averageBitrate } = hls.levels[0] ?? {}
      const codecs = [videoCodec, audioCodec].flatMap((codec) => (codec ? [codecName(codec)] : []))
      return { ...factsOf(video, codecs), bitsPerSecond: averageBitrate || undefined }
    },
    stop: () => hls.destroy(),
  }
}
