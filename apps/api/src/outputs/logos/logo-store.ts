import type { CatalogReader } from '@kptv/catalog'
import { attributeValue } from '@kptv/playlist'
import { LRUCache } from 'lru-cache'
import { createBoundedQueue } from '../../rendered/bounded-queue.ts'
import { imageType } from './image-type.ts'

export type Logo = { readonly type: string; readonly bytes: Buffer }

export type LogoStore = {
  /**
   * The logo of a channel; `undefined` if it has none that can be shown. Throws `QueueFullError`
   * when too many wait to be fetched, and when Redis is away.
   */
  find(channelId: string): Promise<Logo | undefined>
}

export type LogoStoreOptions = {
  readonly catalog: Pick<CatalogReader, 'channel'>
  /** The bytes at an address. Throws what it likes: then there is no logo for a while. */
  readonly download: (address: string) => Promise<Buffer>
}

/** Of all logos in memory. */
const MAX_BYTES = 16 * 1024 * 1024
const KEEP_MS = 24 * 3_600_000
/** An address that failed rests for so long. */
const REST_MS = 10 * 60_000
const AT_ONCE = 4
/** A page shows fifty. */
const MAX_PENDING = 200

type Kept = { readonly logo: Logo | undefined }

/** Downloads each logo once and keeps it: browsers never see the servers of logos. */
export function createLogoStore({ catalog, download }: LogoStoreOptions): LogoStore {
  const queue = createBoundedQueue({ concurrency: AT_ONCE, maxPending: MAX_PENDING })
  const kept = new LRUCache<string, Kept>({
    maxSize: MAX_BYTES,
    sizeCalculation: ({ logo }, address) => 100 + address.length + (logo?.bytes.length ?? 0),
  })
  const running = new Map<string, Promise<Kept>>()

  async function load(address: string): Promise<Kept> {
    const logo = await queue.run(async () => readLogo(await download(address).catch(() => Buffer.alloc(0))))
    kept.set(address, { logo }, { ttl: logo === undefined ? REST_MS : KEEP_MS })
    return { logo }
  }

  function loadOnce(address: string): Promise<Kept> {
    const present = running.get(address)
    if (present !== undefined) return present
    const loading = load(address).finally(() => running.delete(address))
    running.set(address, loading)
    return loading
  }

  return {
    async find(channelId) {
      const channel = await catalog.channel(channelId)
      const address = attributeValue(channel?.attributes ?? [], 'tvg-logo')
      if (address === undefined || !/^https?:\/\//i.test(address)) return undefined
      return (kept.get(address) ?? (await loadOnce(address))).logo
    },
  }
}

function readLogo(bytes: Buffer): Logo | undefined {
  const type = imageType(bytes)
  return type === undefined ? undefined : { type, bytes }
}
