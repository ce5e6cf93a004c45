/**
 * Letters, digits, dots and dashes, or an IPv6 address in brackets; then a port. Nothing that could
 * leave an attribute or a line.
 */
const HOST = /^(?:[a-z0-9.-]{1,253}|\[[0-9a-f:.]{2,45}\])(?::\d{1,5})?$/i

/**
 * The prefix of links, without a slash at the end. BASE_URL wins; otherwise the scheme and host of
 * the request, as received or as a trusted proxy reports them. `undefined`: the request named no
 * usable host.
 */
export function linkBase(
  configured: string | undefined,
  { protocol, host }: { readonly protocol: string; readonly host: string | undefined },
): string | undefined {
  if (configured !== undefined) return configured
  const scheme = protocol === 'https' ? 'https' : 'http'
  return host !== undefined && HOST.test(host) ? `${scheme}://${host.toLowerCase()}` : undefined
}

/** Parameters of playlists and guides that select a part of the channels. */
export type PartOfChannels = {
  readonly group?: string
  readonly sourceId?: string
  readonly text?: string
}

/** Every link of playlists and pages, in one place. */
export type Links = {
  readonly playlist: string
  /** The programme guide of the same part of the channels. */
  readonly guide: (part?: PartOfChannels) => string
  /** A channel as MPEG-TS. */
  readonly stream: (channelId: string) => string
}

/** @param base of {@link linkBase} */
export function createLinks(base: string): Links {
  return {
    playlist: `${base}/playlist.m3u8`,
    guide: (part = {}) => `${base}/guide.xml${queryOf(part)}`,
    stream: (channelId) => `${base}/stream/${channelId}.ts`,
  }
}

function queryOf({ group, sourceId: source, text: q }: PartOfChannels): string {
  const given = Object.entries({ group, source, q }).filter((pair): pair is [string, string] => pair[1] !== undefined)
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`
}
