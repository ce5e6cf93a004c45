import { createFileBroadcast } from './file-broadcast.ts'
import { createMadeBroadcast } from './made-broadcast.ts'
import { createProcessBroadcast } from './process-broadcast.ts'
import type { ProviderMedia, ProviderProfile } from './provider-options.ts'

export type BroadcastListener = {
  /** Media, in pieces of any size; whole packets from a maker. */
  onBytes(bytes: Buffer): void
  /** The media has ended. */
  onEnd(): void
}

/** A channel on the air. */
export type Broadcast = {
  /** From now on; the function given back stops it. */
  listen(listener: BroadcastListener, options: { replayMs?: number }): () => void
  /** Its clock starts again at `startTicks` (90 kHz), as after a restart of the encoder. Nothing, where others make the media. */
  resetTimeStamps(startTicks: number): void
  stop(): void
}

export function createBroadcast(
  media: ProviderMedia,
  context: { profile: ProviderProfile; sourceId: string; streamId: string },
): Broadcast {
  switch (media.kind) {
    case 'file':
      return createFileBroadcast(media)
    case 'process':
      return createProcessBroadcast(media)
    case 'maker': {
      const { sourceId, streamId } = context
      const { burstMs, groupOfPicturesMs } = context.profile
      const maker = { sourceId, streamId, groupOfPicturesMs, ...media.options }
      return createMadeBroadcast({ maker, burstMs, groupOfPicturesMs: maker.groupOfPicturesMs })
    }
  }
}
