import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { createBoundedQueue } from './bounded-queue.ts'
import { type CompressedText, compressText } from './compressed-text.ts'

/** A finished text, ready to be sent. */
export type RenderedText = { readonly generation: number; readonly etag: string; readonly text: CompressedText }

/** An available text. Its tag is known before it is rendered, and is the same on every node. */
export type RenderedOffer = {
  readonly etag: string
  /**
   * Throws when Redis is away and nothing is in memory; `QueueFullError` when too many others wait.
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
 * one after the other: several at once would not be faster, and take more memory. While Redis is
 * away the last text is served, however old: a list that worked a minute ago still works.
 */
export function createRenderedCache<View>(options: RenderedCacheOptions<View>): RenderedCache<View> {
  const { currentGeneration, keyOf, render, keepMs, monotonicMs, onUse } = options
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
   * Renders, unless another request has begun to. If that fails, the previous text is served, if
   * there is one.
   */
  function open(key: string, view: View, generation: number): Promise<RenderedText> {
    const before = entries.get(key)
    if (before?.generation === generation) return use('hit', before.rendering)
    const finish = (rendered: RenderedText): RenderedText => {
      if (entries.peek(key) !== entry) return rendered
      if (keepMs === 0) entries.delete(key)
      else {
        entry.bytes = rendered.text.gzipBytes
        // Set anew, because the cache measures an entry only then.
        entries.delete(key)
        entries.set(key, entry)
      }
      return rendered
    }
    const fallBack = (error: unknown): Promise<RenderedText> => {
      if (entries.peek(key) === entry) {
        if (before === undefined) entries.delete(key)
        else entries.set(key, before)
      }
      if (before === undefined) throw error
      return before.rendering
    }
    const rendering = queue
      .run(async () => ({
        generation,
        etag: tagOf(key, generation),
        text: await compressText(render(generation, view)),
      }))
      .then(finish, fallBack)
    const entry: Entry = { rendering, generation, bytes: 0, checkedAtMs: monotonicMs() }
    entries.set(key, entry)
    return use('miss', rendering)
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
