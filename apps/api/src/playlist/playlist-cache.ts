import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'

/** A finished playlist, ready to be sent. */
export type RenderedPlaylist = {
  readonly generation: number
  readonly etag: string
  readonly plain: Buffer
  readonly gzipped: Buffer
}

export type PlaylistCacheOptions = {
  /** Number of the catalogue that is served; `undefined` before the first import. Throws when Redis is away. */
  readonly currentGeneration: () => Promise<number | undefined>
  readonly render: (generation: number, base: string) => AsyncIterable<string>
  /** CACHE_DURATION; 0: render for every request. */
  readonly keepMs: number
  readonly now: () => number
}

type Entry = { readonly playlist: Promise<RenderedPlaylist>; readonly checkedAt: number }

const compress = promisify(gzip)

/** Links differ by host, and anybody can send any Host: only so many renderings are kept. */
const MOST_BASES = 8

/**
 * Playlists by the base of their links. Rendered and compressed once per catalogue generation, however many ask at the
 * same time. When Redis is away the last one is served, whatever its age: a list that worked a minute ago still works.
 */
export class PlaylistCache {
  readonly #options: PlaylistCacheOptions
  readonly #entries = new Map<string, Entry>()

  constructor(options: PlaylistCacheOptions) {
    this.#options = options
  }

  /** `undefined` before the first import. Throws when Redis is away and nothing is in memory. */
  async get(base: string): Promise<RenderedPlaylist | undefined> {
    const { keepMs, now } = this.#options
    const known = this.#entries.get(base)
    if (known !== undefined && now() - known.checkedAt < keepMs) return known.playlist
    try {
      return await this.#refresh(base, known)
    } catch (error) {
      if (known === undefined) throw error
      return known.playlist
    }
  }

  /** A new generation is there: what is kept is looked at again at the next request. */
  expire(): void {
    for (const [base, { playlist }] of this.#entries) this.#entries.set(base, { playlist, checkedAt: -Infinity })
  }

  async #refresh(base: string, known: Entry | undefined): Promise<RenderedPlaylist | undefined> {
    const { currentGeneration, keepMs, now } = this.#options
    const generation = await currentGeneration()
    if (generation === undefined) return known?.playlist
    const present = this.#entries.get(base)
    const same = present !== undefined && (await present.playlist.catch(() => undefined))?.generation === generation
    if (same && keepMs > 0) {
      this.#remember(base, { playlist: present.playlist, checkedAt: now() })
      return present.playlist
    }
    const playlist = this.#render(generation, base)
    this.#remember(base, { playlist, checkedAt: now() })
    playlist.catch(() => this.#entries.get(base)?.playlist === playlist && this.#restore(base, known))
    return playlist
  }

  #restore(base: string, known: Entry | undefined): void {
    if (known === undefined) this.#entries.delete(base)
    else this.#entries.set(base, known)
  }

  #remember(base: string, entry: Entry): void {
    this.#entries.delete(base)
    this.#entries.set(base, entry)
    const [oldest] = this.#entries.keys()
    if (this.#entries.size > MOST_BASES && oldest !== undefined) this.#entries.delete(oldest)
  }

  async #render(generation: number, base: string): Promise<RenderedPlaylist> {
    const parts: Buffer[] = []
    for await (const text of this.#options.render(generation, base)) parts.push(Buffer.from(text))
    const plain = Buffer.concat(parts)
    const etag = `"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"`
    return { generation, etag, plain, gzipped: await compress(plain) }
  }
}
