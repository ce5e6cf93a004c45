import { createHash } from 'node:crypto'
import { type CompressedText, compressText } from './compressed-text.ts'

/** A finished playlist, ready to be sent. */
export type RenderedPlaylist = { readonly generation: number; readonly etag: string; readonly text: CompressedText }

/** A playlist that can be had. Its tag is known before it is rendered, and is the same on every node. */
export type PlaylistOffer = {
  readonly etag: string
  /** Throws when Redis is away and nothing is in memory; `PlaylistBusyError` when too many others are waited for. */
  readonly open: () => Promise<RenderedPlaylist>
}

export type PlaylistCache<View> = {
  /** `undefined` before the first import. Throws when Redis is away and nothing is in memory. */
  find(view: View): Promise<PlaylistOffer | undefined>
  /** A new generation is there: what is kept is checked again at the next request. */
  expire(): void
}

export type PlaylistCacheOptions<View> = {
  /** Equal keys are the same text. */
  readonly keyOf: (view: View) => string
  /** Number of the catalogue that is served; `undefined` before the first import. Throws when Redis is away. */
  readonly currentGeneration: () => Promise<number | undefined>
  readonly render: (generation: number, view: View) => AsyncIterable<string>
  /** CACHE_DURATION; 0: nothing is kept. */
  readonly keepMs: number
  readonly now: () => number
  /** Compressed playlists in memory, all views together; the newest always stays. */
  readonly mostBytes?: number
}

/** More different playlists are waited for at once than one node should render. */
export class PlaylistBusyError extends Error {
  readonly code = 'PLAYLIST_BUSY'
}

type Entry = {
  readonly playlist: Promise<RenderedPlaylist>
  readonly generation: number
  bytes: number
  checkedAt: number
}

/** Raised when the same catalogue is written in another way than before. */
const FORMAT = 1
/** Anybody can send any Host and any search: only so many playlists are kept, and so many are waited for. */
const MAX_KEPT = 64
const MAX_WAITING = 16
const MAX_BYTES = 64 * 1024 * 1024

/**
 * Playlists by view. Each is rendered and compressed once per catalogue generation, however many ask at the same time, and one after the
 * other. When Redis is away the last one is served, whatever its age: a list that worked a minute ago still works.
 */
export function createPlaylistCache<View>(options: PlaylistCacheOptions<View>): PlaylistCache<View> {
  const { currentGeneration, keyOf, render, keepMs, now, mostBytes = MAX_BYTES } = options
  const entries = new Map<string, Entry>()
  let waiting = 0
  let last: Promise<unknown> = Promise.resolve()

  async function find(view: View): Promise<PlaylistOffer | undefined> {
    const key = keyOf(view)
    const known = entries.get(key)
    if (known !== undefined && now() - known.checkedAt < keepMs) return offerOf(key, known)
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
      present.checkedAt = now()
      touch(key, present)
      return offerOf(key, present)
    }
    return { etag: tagOf(key, generation), open: () => open(key, view, generation) }
  }

  /** Renders, unless somebody has begun meanwhile. What cannot be rendered is served as it was before, if it was. */
  function open(key: string, view: View, generation: number): Promise<RenderedPlaylist> {
    const before = entries.get(key)
    if (before?.generation === generation) return before.playlist
    const finish = (playlist: RenderedPlaylist): RenderedPlaylist => {
      entry.bytes = playlist.text.gzipBytes
      if (keepMs === 0) replace(key, entry, undefined)
      shrink()
      return playlist
    }
    const fallBack = (error: unknown): Promise<RenderedPlaylist> => {
      replace(key, entry, before)
      if (before === undefined) throw error
      return before.playlist
    }
    const playlist = enqueue(key, view, generation).then(finish, fallBack)
    const entry: Entry = { playlist, generation, bytes: 0, checkedAt: now() }
    touch(key, entry)
    return playlist
  }

  function replace(key: string, entry: Entry, by: Entry | undefined): void {
    if (entries.get(key) !== entry) return
    if (by === undefined) entries.delete(key)
    else entries.set(key, by)
  }

  /** One at a time: several at once would be no faster, and hold more memory. */
  function enqueue(key: string, view: View, generation: number): Promise<RenderedPlaylist> {
    if (waiting >= MAX_WAITING) return Promise.reject(new PlaylistBusyError('too many playlists are rendered'))
    waiting += 1
    const playlist = last.then(async () => {
      const text = await compressText(render(generation, view))
      return { generation, etag: tagOf(key, generation), text }
    })
    last = playlist
      .catch(() => {})
      .finally(() => {
        waiting -= 1
      })
    return playlist
  }

  function touch(key: string, entry: Entry): void {
    entries.delete(key)
    entries.set(key, entry)
    shrink()
  }

  function shrink(): void {
    let bytes = [...entries.values()].reduce((sum, entry) => sum + entry.bytes, 0)
    for (const [key, entry] of entries) {
      if (entries.size <= 1 || (bytes <= mostBytes && entries.size <= MAX_KEPT)) return
      bytes -= entry.bytes
      entries.delete(key)
    }
  }

  return {
    find,

    expire(): void {
      for (const entry of entries.values()) entry.checkedAt = Number.NEGATIVE_INFINITY
    },
  }
}

function offerOf(key: string, { playlist, generation }: Entry): PlaylistOffer {
  return { etag: tagOf(key, generation), open: () => playlist }
}

function tagOf(key: string, generation: number): string {
  return `"${generation}-${createHash('sha256').update(`${FORMAT}${key}`).digest('base64url').slice(0, 12)}"`
}
