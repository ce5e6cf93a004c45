import type { TransportStreamMakerOptions } from '../transport-stream/maker-options.ts'

export type ProviderAccount = {
  readonly user: string
  readonly password: string
  /** Streams at once. */
  readonly limit: number
  /** What happens to one more. Default: refuse with 403. */
  readonly policy?: LimitPolicy
  /** What `player_api.php` says about it. Default: active, without an end, and `limit`. */
  readonly panel?: {
    readonly status?: 'Active' | 'Expired' | 'Banned' | 'Disabled'
    readonly expiresAtMs?: number
    readonly maxConnections?: number
  }
}

export type LimitPolicy =
  | { readonly kind: 'refuse'; readonly status?: number; readonly retryAfterSeconds?: number }
  /** The oldest stream of the account is cut, the new one plays. */
  | { readonly kind: 'kick-oldest' }
  /** A closed stream counts for this long; one more is refused. */
  | { readonly kind: 'count-lag'; readonly seconds: number; readonly status?: number }

export type ProviderEntry = {
  readonly streamId: string
  readonly name: string
  /**
   * In order, as they shall appear in the playlist: `[['tvg-id', 'news.uk'], ['group-title',
   * 'News']]`.
   */
  readonly attributes?: ReadonlyArray<readonly [key: string, value: string]>
  readonly media?: ProviderMedia
  /** Default: live. */
  readonly kind?: 'live' | 'movie' | 'series'
  /** Of an entry of kind `series`: the episode that it is. */
  readonly series?: {
    readonly id: string
    readonly name: string
    readonly season: number
    readonly episode: number
  }
  /** Of the address of VOD. Default `mp4`. */
  readonly extension?: string
}

export type ProviderMedia =
  /**
   * VOD: made-up bytes, see `fileBytes`, or those of a file; with ranges, as fast as they are read.
   */
  | { readonly kind: 'bytes'; readonly sizeBytes: number; readonly path?: string }
  | { readonly kind: 'maker'; readonly options?: TransportStreamMakerOptions }
  /**
   * A real .ts file, paced by its own clock, or by `bytesPerSecond`. At its end the response ends,
   * or it starts again. `isLive`: it is on the air since the first request for it, and each hears
   * what comes from now on.
   */
  | {
      readonly kind: 'file'
      readonly path: string
      readonly bytesPerSecond?: number
      readonly isLooped?: boolean
      readonly isLive?: boolean
    }
  /**
   * What a program writes to its standard output, as it comes: `ffmpeg -re … -f mpegts pipe:1`.
   * Runs while there are viewers.
   */
  | { readonly kind: 'process'; readonly command: string; readonly arguments: readonly string[] }

export type ProviderPlaylist =
  /** In texts, `{{base}}`, `{{user}}` and `{{password}}` are replaced. */
  { readonly body: string } | { readonly base64: string } | { readonly path: string }

export type ProviderProfile = {
  /**
   * So much of the past comes at once at connect, from a key frame on. 0: from now on, wherever
   * that is.
   */
  readonly burstMs: number
  readonly gopMs: number
}

/** P1: a friendly provider. P2: a plain one. */
const PROVIDER_PROFILES = {
  P1: { burstMs: 1_000, gopMs: 1_000 },
  P2: { burstMs: 0, gopMs: 2_000 },
} as const satisfies Record<string, ProviderProfile>

export type FakeProviderOptions = {
  /** Written into all its packets. Default `source`. */
  readonly sourceId?: string
  /** Default: one account `user` / `pass` with limit 1. */
  readonly accounts?: readonly ProviderAccount[]
  /** Default: one entry `101`, `Channel 1`. */
  readonly entries?: readonly ProviderEntry[]
  /** Served instead of the list that the entries give. */
  readonly playlist?: ProviderPlaylist
  /** What `xmltv.php` answers. Default: a guide without programmes. */
  readonly guide?: string
  /** Default P1. */
  readonly profile?: keyof typeof PROVIDER_PROFILES | ProviderProfile
  /** Default 0: any free one. */
  readonly port?: number
  /** Default 127.0.0.1. */
  readonly host?: string
}

export type ProviderSettings = {
  readonly sourceId: string
  // biome-ignore-start lint/plugin: tests change these while the provider runs
  accounts: ProviderAccount[]
  entries: ProviderEntry[]
  playlist: ProviderPlaylist | undefined
  // biome-ignore-end lint/plugin: see above
  readonly guide: string
  readonly profile: ProviderProfile
  readonly port: number
  readonly host: string
}

export function providerSettings(options: FakeProviderOptions): ProviderSettings {
  const profile = options.profile ?? 'P1'
  return {
    sourceId: options.sourceId ?? 'source',
    accounts: [...(options.accounts ?? [{ user: 'user', password: 'pass', limit: 1 }])],
    entries: [...(options.entries ?? [{ streamId: '101', name: 'Channel 1' }])],
    playlist: options.playlist,
    guide: options.guide ?? '<tv></tv>',
    profile: typeof profile === 'string' ? PROVIDER_PROFILES[profile] : profile,
    port: options.port ?? 0,
    host: options.host ?? '127.0.0.1',
  }
}
