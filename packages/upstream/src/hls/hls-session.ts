import type { VariantLimits } from '@kptv/hls'
import type { Ffmpeg } from '../ffmpeg/find-ffmpeg.ts'
import type { OpenStreamRequest } from '../open-stream.ts'
import type { HlsRequests } from './hls-requests.ts'

/** One attempt to play an HLS stream: what all its parts need. */
export type HlsSession = {
  readonly request: OpenStreamRequest
  readonly requests: HlsRequests
  readonly limits: VariantLimits
  /** For what is no transport stream, and for sound in a playlist of its own; without it, that is refused. */
  readonly ffmpeg: Ffmpeg | undefined
  /** Told whenever it may have changed: how long a good playlist may be without anything new. */
  readonly onTarget: (targetMs: number) => void
}
