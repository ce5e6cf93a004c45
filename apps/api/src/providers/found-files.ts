import type { CatalogChannel, CatalogStream } from '@kptv/catalog'
import { fileExtension, isFileAddress, isVod, mayBeFile } from '@kptv/playlist'
import type { Redis, RedisKeys } from '@kptv/redis'
import { UpstreamError } from '@kptv/upstream'

/** The streams of a channel that are VOD, and the extension of their files. */
export type VodOfChannel = Pick<CatalogChannel, 'id' | 'streams'> & { readonly extension: string }

/** What is noted about one stream. Redis may be away: then it is found out again. */
type FoundFile = {
  readonly note: (extension: string) => void
  /** The note lives on while the stream is played as a file, and ends when it is none any more. */
  readonly keep: <Opened>(opening: Promise<Opened>) => Promise<Opened>
}

/** Streams whose addresses do not say that they are VOD, and whose answers did. */
export type FoundFiles = {
  of(streamId: string): FoundFile
  /**
   * The VOD that a channel is. Throws when Redis does not answer, if that is needed.
   *
   * @param hasFailed no stream of it plays as a channel, so any file among them will do
   */
  vodOf(channel: CatalogChannel, hasFailed?: boolean): Promise<VodOfChannel | undefined>
}

/** For all edges, after a request has found out. */
const LIFETIME_MS = 60 * 60_000

export function createFoundFiles({ redis, keys }: { readonly redis: Redis; readonly keys: RedisKeys }): FoundFiles {
  const extensionOf = async ({ id, url }: CatalogStream): Promise<string | undefined> => {
    if (isFileAddress(url)) return fileExtension(url)
    return mayBeFile(url) ? ((await redis.get(keys.streamFile(id))) ?? undefined) : undefined
  }
  return {
    of(streamId) {
      const key = keys.streamFile(streamId)
      return {
        note: (extension) => void redis.set(key, extension, 'PX', LIFETIME_MS).catch(() => undefined),
        async keep(opening) {
          try {
            const opened = await opening
            redis.pexpire(key, LIFETIME_MS).catch(() => undefined)
            return opened
          } catch (error) {
            const isOther = error instanceof UpstreamError && error.code === 'unexpected-answer'
            if (isOther) redis.del(key).catch(() => undefined)
            throw error
          }
        },
      }
    },

    async vodOf(channel, hasFailed = false) {
      const extensions = await Promise.all(channel.streams.map(extensionOf))
      const streams = channel.streams.filter((_, index) => extensions[index] !== undefined)
      const extension = extensions.find((one) => one !== undefined)
      if (extension === undefined) return undefined
      const isWhole = isVod(channel) || streams.length === channel.streams.length
      return isWhole || hasFailed ? { id: channel.id, streams, extension } : undefined
    },
  }
}
