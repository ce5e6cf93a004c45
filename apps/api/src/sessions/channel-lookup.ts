import { type CatalogChannel, type CatalogReader, channelId } from '@kptv/catalog'
import type { ErrorCode } from '@kptv/contract'
import { type ChannelKey, keyOfKind } from '@kptv/playlist'
import type { PlayableStream } from '../providers/playable-streams.ts'
import type { ChannelRegistry } from './channel-registry.ts'
import type { ChannelSession } from './channel-session.ts'

/** Without its record if it is in play: then none is needed. */
export type FoundChannel = { readonly channelId: string; readonly record?: CatalogChannel }

/** Why there is no session for a channel. */
export type Refused = { readonly refused: ErrorCode }

/** From the channel in the address of a request to the session that serves it. */
export type ChannelLookup = {
  /**
   * Finds a channel by its id or its name, among those that a sight includes. Throws when Redis is
   * away.
   */
  find(idOrName: string, sight?: ChannelSight): Promise<FoundChannel | Refused>
  /** The session that plays a channel that was just found, or why there is none. */
  openSession(found: FoundChannel): Promise<ChannelSession | Refused>
}

/** The part of the channels that a user may see. */
type ChannelSight = { readonly includes: (channel: CatalogChannel) => boolean }

type ChannelLookupOptions = {
  readonly catalog: Pick<CatalogReader, 'channel' | 'currentGeneration'>
  readonly registry: ChannelRegistry
  /** Some node leads the channel. */
  readonly isLed: (channelId: string) => Promise<boolean>
  /** How names become channels. */
  readonly keyOf: ChannelKey
  readonly playable: (channel: CatalogChannel) => PlayableStream[]
  readonly isDraining: () => boolean
}

const ID = /^[0-9a-f]{16}$/

export function createChannelLookup({
  catalog,
  registry,
  isLed,
  keyOf,
  playable,
  isDraining,
}: ChannelLookupOptions): ChannelLookup {
  /** Without a catalogue, what another node plays can still be followed. */
  const isPlayedElsewhere = async (id: string): Promise<boolean> =>
    (await catalog.currentGeneration()) === undefined && (await isLed(id))

  /**
   * A channel in play is found without Redis: its viewers may come and go while Redis is away. Only
   * a sight must see its record.
   */
  const findById = async (id: string, sight: ChannelSight | undefined): Promise<FoundChannel | undefined> => {
    if (sight === undefined && registry.running(id) !== undefined) return { channelId: id }
    const record = await catalog.channel(id)
    if (record === undefined && sight === undefined && (await isPlayedElsewhere(id))) return { channelId: id }
    if (record === undefined || sight?.includes(record) === false) return undefined
    return { channelId: id, record }
  }

  /** A channel comes before a VOD with its name. */
  const findByName = async (name: string, sight: ChannelSight | undefined): Promise<FoundChannel | undefined> => {
    const key = keyOf(name)
    if (key === '') return undefined
    for (const kind of ['live', 'movie', 'episode'] as const) {
      const found = await findById(channelId(keyOfKind(kind, key)), sight)
      if (found !== undefined) return found
    }
    return undefined
  }

  /**
   * Without a catalogue, a channel that is not found may still exist: the import that brings it may
   * be under way.
   */
  const refuseUnknown = async (): Promise<Refused> => ({
    refused: (await catalog.currentGeneration()) === undefined ? 'catalog-missing' : 'unknown-channel',
  })

  return {
    async find(idOrName, sight) {
      const byId = ID.test(idOrName) ? await findById(idOrName, sight) : undefined
      return byId ?? (await findByName(idOrName, sight)) ?? (await refuseUnknown())
    },

    async openSession({ channelId: id, record }) {
      if (isDraining()) return { refused: 'draining' }
      const running = registry.running(id)
      if (running !== undefined) return running
      let channel = record
      try {
        // It was in play when it was found, and has ended since.
        channel ??= await catalog.channel(id)
        if (channel === undefined && !(await isPlayedElsewhere(id))) return await refuseUnknown()
      } catch {
        return { refused: 'coordination-unavailable' }
      }
      const streams = channel === undefined ? [] : playable(channel)
      return (await registry.open(id, streams, channel?.name)) ?? { refused: 'node-full' }
    },
  }
}
