import type { Broadcast } from './broadcast.ts'
import { createFileBroadcast } from './file-broadcast.ts'
import { createMadeBroadcast } from './made-broadcast.ts'
import { createProcessBroadcast } from './process-broadcast.ts'
import type { ProviderMedia, ProviderProfile } from './provider-options.ts'

export function createBroadcast(
  media: Exclude<ProviderMedia, { readonly kind: 'bytes' }>,
  context: { readonly profile: ProviderProfile; readonly sourceId: string; readonly streamId: string },
): Broadcast {
  switch (media.kind) {
    case 'file':
      return createFileBroadcast(media)
    case 'process':
      return createProcessBroadcast(media)
    case 'maker': {
      const { sourceId, streamId } = context
      const { burstMs, gopMs } = context.profile
      const maker = { sourceId, streamId, gopMs, ...media.options }
      return createMadeBroadcast({ maker, burstMs, gopMs: maker.gopMs })
    }
  }
}
