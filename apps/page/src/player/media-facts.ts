/** What people see of the media that plays. */
export type MediaFacts = {
  /** `1920×1080` */
  readonly size?: string | undefined
  readonly framesPerSecond?: number | undefined
  /** `H.264`, `AAC` */
  readonly codecs: readonly string[]
  readonly droppedFrames: number
  /** Seconds of media that are loaded and not yet shown. */
  readonly behindS: number
  readonly bitsPerSecond?: number | undefined
}

/** A way to play a channel in a video element. */
export type MediaPlayer = {
  facts(): MediaFacts | undefined
  stop(): void
}

/** What the element itself knows. */
export function factsOf(video: HTMLVideoElement, codecs: readonly string[]): MediaFacts {
  const { buffered, currentTime, videoWidth, videoHeight } = video
  const end = buffered.length === 0 ? currentTime : buffered.end(buffered.length - 1)
  return {
    size: videoWidth === 0 ? undefined : `${videoWidth}×${videoHeight}`,
    codecs,
    droppedFrames: video.getVideoPlaybackQuality().droppedVideoFrames,
    behindS: Math.max(0, end - currentTime),
  }
}
