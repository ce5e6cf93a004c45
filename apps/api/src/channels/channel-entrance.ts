import { type CatalogChannel, type CatalogReader, channelId } from '@kptv/catalog'
import { channelKey } from '@kptv/playlist'
import type { ChannelEntrance } from '../http/routes/channel-stream.ts'
import type { ChannelRegistry } from './channel-registry.ts'
import type { PlayableStream } from './channel-session.ts'

const ID = /^[0-9a-f]{16}$/

export type EntranceOptions = {
  readonly catalog: Pick<CatalogReader, 'channel'>
  readonly registry: ChannelRegistry
  readonly playable: (channel: CatalogChannel) => PlayableStream[]
  readonly isDraining: () => boolean
}

/** From what stands in the address of a request to the session that serves it. */
export function createChannelEntrance({ catalog, registry, playable, isDraining }: EntranceOptions): ChannelEntrance {
  /** A channel in play is found without Redis: its viewers may come and go while Redis is away. */
  const has = async (id: string): Promise<boolean> =>
    registry.running(id) !== undefined || (await catalog.channel(id)) !== undefined

  return {
    async find(idOrName) {
      if (ID.test(idOrName) && (await has(idOrName))) return idOrName
      const key = channelKey(idOrName)
      if (key === '') return undefined
      const id = channelId(key)
      return (await has(id)) ? id : undefined
    },

    async enter(id) {
      if (isDraining()) return 'draining'
      const running = registry.running(id)
      if (running !== undefined) return running
      let channel: CatalogChannel | undefined
      try {
        channel = await catalog.channel(id)
      } catch {
        return 'coordination-unavailable'
      }
      if (channel === undefined) return 'unknown-channel'
      return (await registry.open(id, playable(channel))) ?? 'node-full'
    },
  }
}
