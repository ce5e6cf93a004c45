import { type CatalogChannel, type CatalogReader, channelId } from '@kptv/catalog'
import type { ChannelKey } from '@kptv/playlist'
import type { PlayableStream } from '../providers/playable-streams.ts'
import type { ChannelRegistry } from './channel-registry.ts'
import type { ChannelSession } from './channel-session.ts'

/** Why there is no session for a channel. */
export type Refusal = 'draining' | 'unknown-channel' | 'coordination-unavailable' | 'node-full'

/** From what stands in the address of a request to the session that serves it. */
export type ChannelLookup = {
  /** Id of a channel by its id or its name; `undefined` when no source has it. Throws when Redis is away. */
  find(idOrName: string): Promise<string | undefined>
  /** The session that plays it, or why there is none. */
  openSession(channelId: string): Promise<ChannelSession | Refusal>
}

export type ChannelLookupOptions = {
  readonly catalog: Pick<CatalogReader, 'channel'>
  readonly registry: ChannelRegistry
  /** How names become channels. */
  readonly keyOf: ChannelKey
  readonly playable: (channel: CatalogChannel) => PlayableStream[]
  readonly isDraining: () => boolean
}

const ID = /^[0-9a-f]{16}$/

export function createChannelLookup({
  catalog,
  registry,
  keyOf,
  playable,
  isDraining,
}: ChannelLookupOptions): ChannelLookup {
  /** A channel in play is found without Redis: its viewers may come and go while Redis is away. */
  const has = async (id: string): Promise<boolean> =>
    registry.running(id) !== undefined || (await catalog.channel(id)) !== undefined

  return {
    async find(idOrName) {
      if (ID.test(idOrName) && (await has(idOrName))) return idOrName
      const key = keyOf(idOrName)
      if (key === '') return undefined
      const id = channelId(key)
      return (await has(id)) ? id : undefined
    },

    async openSession(id) {
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
