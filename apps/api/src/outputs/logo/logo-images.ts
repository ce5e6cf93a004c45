import { hash } from 'node:crypto'
import type { LogoStore } from '@kptv/catalog'
import { UpstreamError } from '@kptv/upstream'
import { LRUCache } from 'lru-cache'
import { type BoundedQueue, createBoundedQueue } from '../../rendered/bounded-queue.ts'
import type { FetchLogo, LogoAddress } from './fetch-logo.ts'
import { type ImageType, imageType } from './image-type.ts'

/** An image that may be shown. */
export type LogoImage = { readonly type: ImageType; readonly bytes: Buffer; readonly etag: string }

const WEEK_MS = 7 * 24 * 60 * 60_000
const FAILED_MS = 10 * 60_000
const HOST_DOWN_MS = 60_000
const MAX_FAILED = 10_000
const MAX_MEMORY_BYTES = 8 * 1024 * 1024

export type LogoImages = ReturnType<typeof createLogoImages>

/**
 * Images of logos: from memory, from Redis, or fetched, each once for any number of requests. A
 * logo that failed rests for ten minutes, a host that does not answer for one. Fetched again every
 * week; the old image serves if that fails.
 */
export function createLogoImages(options: {
  readonly fetchLogo: FetchLogo
  readonly store: LogoStore
  readonly nowMs?: () => number
  readonly queue?: BoundedQueue
}) {
  const { fetchLogo, store, nowMs = Date.now } = options
  const { queue = createBoundedQueue({ concurrency: 6, maxPending: 300 }) } = options
  const perf = { now: nowMs }
  const memory = new LRUCache<string, LogoImage>({
    maxSize: MAX_MEMORY_BYTES,
    sizeCalculation: ({ bytes }) => bytes.length,
  })
  const failed = new LRUCache<string, true>({ max: MAX_FAILED, ttl: FAILED_MS, perf, ttlResolution: 0 })
  const downHosts = new LRUCache<string, true>({ max: MAX_FAILED, ttl: HOST_DOWN_MS, perf, ttlResolution: 0 })
  const underWay = new Map<string, Promise<LogoImage | undefined>>()

  /**
   * @param sealed the address as the catalogue holds it, which names the image on all nodes
   * @returns `undefined`: there is no image that may be shown
   * @throws QueueFullError when too many wait
   */
  function find(sealed: string, address: LogoAddress): Promise<LogoImage | undefined> {
    const names = namesOf(sealed, nowMs())
    const known = memory.get(names.current)
    if (known !== undefined) return Promise.resolve(known)
    const begun = underWay.get(names.current)
    if (begun !== undefined) return begun
    const finding = load(names, address).finally(() => underWay.delete(names.current))
    underWay.set(names.current, finding)
    return finding
  }

  async function load(names: Names, address: LogoAddress): Promise<LogoImage | undefined> {
    const image =
      (await readKept(names.current)) ?? (await fetchAndKeep(names, address)) ?? (await readKept(names.last))
    if (image !== undefined) memory.set(names.current, image)
    return image
  }

  /** Redis may be away, or hold foreign bytes: then the image is fetched. */
  async function readKept(name: string): Promise<LogoImage | undefined> {
    const bytes = await store.read(name).catch(() => undefined)
    return bytes && imageOf(bytes)
  }

  async function fetchAndKeep(names: Names, address: LogoAddress): Promise<LogoImage | undefined> {
    const { host } = new URL(address.url)
    if (failed.has(names.current) || downHosts.has(host)) return undefined
    const bytes = await queue.run(() => fetchBytes(address, host))
    const image = bytes && imageOf(bytes)
    if (image === undefined) failed.set(names.current, true)
    else await store.keep(names.current, image.bytes, nowMs()).catch(() => undefined)
    return image
  }

  async function fetchBytes(address: LogoAddress, host: string): Promise<Buffer | undefined> {
    // While it waited, the host may have shown that it does not answer.
    if (downHosts.has(host)) return undefined
    try {
      return await fetchLogo(address, new AbortController().signal)
    } catch (error) {
      if (!(error instanceof UpstreamError)) throw error
      if (error.failureClass === 'unreached') downHosts.set(host, true)
      return undefined
    }
  }

  return { find }
}

type Names = { readonly current: string; readonly last: string }

/** A name changes every week, at another time for each logo. */
function namesOf(sealed: string, nowMs: number): Names {
  const digest = hash('sha256', sealed).slice(0, 24)
  const offsetMs = (Number.parseInt(digest.slice(0, 8), 16) / 2 ** 32) * WEEK_MS
  const week = Math.floor((nowMs + offsetMs) / WEEK_MS)
  return { current: `${digest}:${week}`, last: `${digest}:${week - 1}` }
}

function imageOf(bytes: Buffer): LogoImage | undefined {
  const type = imageType(bytes)
  return type && { type, bytes, etag: `"${hash('sha256', bytes).slice(0, 16)}"` }
}
