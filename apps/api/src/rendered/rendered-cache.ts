import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { createBoundedQueue } from './bounded-queue.ts'
import { CompressedText } from './compressed-text.ts'

/** A text that can be sent, even if the end of it is still being rendered. */
export type RenderedText = { readonly etag: string; readonly text: CompressedText }

/** An available text. Its tag is known before it is rendered, and is the same on every node. */
export type RenderedOffer = {
  readonly etag: string
  /**
   * Fulfilled when the first bytes are there. Throws when Redis is away and nothing is in memory;
   * `QueueFullError` when too many others wait.
   */
  readonly open: () => Promise<RenderedText>
}

export type RenderedCache<View> = {
  /** `undefined` before the first import. Throws when Redis is away and nothing is in memory. */
  find(view: View): Promise<RenderedOffer | undefined>
  /** There is a new generation: cached texts are rechecked at the next request. */
  expire(): void
}

export type RenderedCacheOptions<View> = {
  /** Equal keys are the same text. */
  readonly keyOf: (view: View) => string
  /**
   * Number of the current generation; `undefined` before the first import. Throws when Redis is
   * away.
   */
  readonly currentGeneration: () => Promise<number | undefined>
  readonly render: (generation: number, view: View) => AsyncIterable<string>
  /** CACHE_DURATION; 0: nothing is kept. */
  readonly keepMs: number
  readonly monotonicMs: () => number
  /** Called once for each text that is requested. */
  readonly onUse?: (use: 'hit' | 'miss') => void
  /** Texts in memory; anyone can send any Host and any search. */
  readonly maxKept?: number
  /** Compressed texts in memory together; the newest always stays. */
  readonly maxBytes?: number
  /** Texts that may wait to be rendered. */
  readonly maxPending?: number
}

type Entry = {
  readonly rendering: Promise<RenderedText>
  readonly generation: number
  bytes: number
  checkedAtMs: number
}

/** Raised when the same content is rendered differently. */
const FORMAT = 1
const MAX_KEPT = 64
const MAX_PENDING = 16
const MAX_BYTES = 64 * 1024 * 1024

/**
 * Texts by view. Each is rendered and compressed once per generation for any number of requests,
 * one after the other: several at once would not be faster, and take more memory. Requests read it
 * while it is rendered. While Redis is away the last text is served, however old: a list that
 * worked a minute ago still works.
 */
export function createRenderedCache<View>(options: RenderedCacheOptions<View>): RenderedCache<View> {
  const { currentGeneration, keyOf, keepMs, monotonicMs, onUse } = options
  const { maxKept = MAX_KEPT, maxBytes = MAX_BYTES, maxPending = MAX_PENDING } = options
  // A text larger than the bound evicts all others, and stays.
  const sizeCalculation = ({ bytes }: Entry): number => Math.min(Math.max(bytes, 1), maxBytes)
  const entries = new LRUCache<string, Entry>({ max: maxKept, maxSize: maxBytes, sizeCalculation })
  const queue = createBoundedQueue({ concurrency: 1, maxPending })

  async function find(view: View): Promise<RenderedOffer | undefined> {
    const key = keyOf(view)
    const known = entries.get(key)
    if (known !== undefined && monotonicMs() - known.checkedAtMs < keepMs) return offerOf(key, known)
    let generation: number | undefined
    try {
      generation = await currentGeneration()
    } catch (error) {
      if (known === undefined) throw error
      return offerOf(key, known)
    }
    if (generation === undefined) return known && offerOf(key, known)
    const present = entries.get(key)
    if (present?.generation === generation) {
      present.checkedAtMs = monotonicMs()
      return offerOf(key, present)
    }
    return { etag: tagOf(key, generation), open: () => open(key, view, generation) }
  }

  /**
   * Renders, unless another request has begun to. If that fails before the first byte, the previous
   * text is served, if there is one; if it fails later, those who read it are cut off, and the next
   * request renders it again.
   */
  function open(key: string, view: View, generation: number): Promise<RenderedText> {
    const before = entries.get(key)
    if (before?.generation === generation) return use('hit', before.rendering)
    const begun = Promise.withResolvers<RenderedText>()
    const entry: Entry = { rendering: begun.promise, generation, bytes: 0, checkedAtMs: monotonicMs() }
    const render = async (): Promise<CompressedText> => {
      const text = new CompressedText(options.render(generation, view))
      await text.begun
      begun.resolve({ etag: tagOf(key, generation), text })
      await text.whole
      return text
    }
    const keep = (text: CompressedText): void => {
      if (entries.peek(key) !== entry) return
      // Set again, because the cache measures an entry only then.
      entries.delete(key)
      if (keepMs === 0) return
      entry.bytes = text.size?.gzip ?? 0
      entries.set(key, entry)
    }
    const drop = (error: unknown): void => {
      if (entries.peek(key) === entry) {
        if (before === undefined) entries.delete(key)
        else entries.set(key, before)
      }
      if (before === undefined) begun.reject(error)
      else begun.resolve(before.rendering)
    }
    void queue.run(render).then(keep, drop)
    entries.set(key, entry)
    return use('miss', begun.promise)
  }

  function offerOf(key: string, { rendering, generation }: Entry): RenderedOffer {
    return { etag: tagOf(key, generation), open: () => use('hit', rendering) }
  }

  function use(kind: 'hit' | 'miss', rendering: Promise<RenderedText>): Promise<RenderedText> {
    onUse?.(kind)
    return rendering
  }

  return {
    find,

    expire(): void {
      for (const entry of entries.values()) entry.checkedAtMs = Number.NEGATIVE_INFINITY
    },
  }
}

function tagOf(key: string, generation: number): string {
  return `"${generation}-${createHash('sha256').update(`${FORMAT}${key}`).digest('base64url').slice(0, 12)}"`
}
