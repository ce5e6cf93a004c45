import { type CatalogChannel, type CatalogReader, channelId } from '@kptv/catalog'
import type { ChannelKey } from '@kptv/playlist'
import type { PlayableStream } from '../providers/playable-streams.ts'
import type { ChannelRegistry } from './channel-registry.ts'
import type { ChannelSession } from './channel-session.ts'

/** Why there is no session for a channel. */
export type Refusal = 'draining' | 'unknown-channel' | 'catalog-missing' | 'coordination-unavailable' | 'node-full'

/** `catalog-missing`: there is no catalogue at the moment, so nobody can say whether a source has the channel. */
export type FoundChannel = { readonly channelId: string } | { readonly refused: 'unknown-channel' | 'catalog-missing' }

/** From what stands in the address of a request to the session that serves it. */
export type ChannelLookup = {
  /** Finds a channel by its id or its name. Throws when Redis is away. */
  find(idOrName: string): Promise<FoundChannel>
  /** The session that plays it, or why there is none. */
  openSession(channelId: string): Promise<ChannelSession | Refusal>
}

export type ChannelLookupOptions = {
  readonly catalog: Pick<CatalogReader, 'channel' | 'currentGeneration'>
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

  /** Without a catalogue a channel that is not found may exist all the same: the import that brings it may be under way. */
  const whyNotFound = async (): Promise<'unknown-channel' | 'catalog-missing'> =>
    (await catalog.currentGeneration()) === undefined ? 'catalog-missing' : 'unknown-channel'

  return {
    async find(idOrName) {
      if (ID.test(idOrName) && (await has(idOrName))) return { channelId: idOrName }
      const key = keyOf(idOrName)
      const id = channelId(key)
      return key !== '' && (await has(id)) ? { channelId: id } : { refused: await whyNotFound() }
    },

    async openSession(id) {
      if (isDraining()) return 'draining'
      const running = registry.running(id)
      if (running !== undefined) return running
      let channel: CatalogChannel | undefined
      try {
        channel = await catalog.channel(id)
        if (channel === undefined) return await whyNotFound()
      } catch {
        return 'coordination-unavailable'
      }
      return (await registry.open(id, playable(channel))) ?? 'node-full'
    },
  }
}
