import { type CatalogChannel, type CatalogReader, channelId } from '@kptv/catalog'
import type { ChannelKey } from '@kptv/playlist'
import type { PlayableStream } from '../providers/playable-streams.ts'
import type { ChannelRegistry } from './channel-registry.ts'
import type { ChannelSession } from './channel-session.ts'

/** Why there is no session for a channel. */
export type Refusal = 'draining' | 'unknown-channel' | 'catalog-missing' | 'coordination-unavailable' | 'node-full'

/** Its record is missing if it is in play: then nobody needs it. */
export type FoundChannel = { readonly channelId: string; readonly record?: CatalogChannel }

/**
 * `catalog-missing`: there is no catalogue at the moment, so nobody can say whether a source has
 * the channel.
 */
export type NotFound = { readonly refused: 'unknown-channel' | 'catalog-missing' }

/** From what stands in the address of a request to the session that serves it. */
export type ChannelLookup = {
  /** Finds a channel by its id or its name. Throws when Redis is away. */
  find(idOrName: string): Promise<FoundChannel | NotFound>
  /** The session that plays a channel that was just found, or why there is none. */
  openSession(found: FoundChannel): Promise<ChannelSession | Refusal>
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
  const findById = async (id: string): Promise<FoundChannel | undefined> => {
    if (registry.running(id) !== undefined) return { channelId: id }
    const record = await catalog.channel(id)
    return record && { channelId: id, record }
  }

  /**
   * Without a catalogue a channel that is not found may exist all the same: the import that brings
   * it may be under way.
   */
  const whyNotFound = async (): Promise<'unknown-channel' | 'catalog-missing'> =>
    (await catalog.currentGeneration()) === undefined ? 'catalog-missing' : 'unknown-channel'

  return {
    async find(idOrName) {
      const byId = ID.test(idOrName) ? await findById(idOrName) : undefined
      const key = keyOf(idOrName)
      const found = byId ?? (key === '' ? undefined : await findById(channelId(key)))
      return found ?? { refused: await whyNotFound() }
    },

    async openSession({ channelId: id, record }) {
      if (isDraining()) return 'draining'
      const running = registry.running(id)
      if (running !== undefined) return running
      let channel = record
      try {
        // It was in play when it was found, and has ended since.
        channel ??= await catalog.channel(id)
        if (channel === undefined) return await whyNotFound()
      } catch {
        return 'coordination-unavailable'
      }
      return (await registry.open(id, playable(channel))) ?? 'node-full'
    },
  }
}
