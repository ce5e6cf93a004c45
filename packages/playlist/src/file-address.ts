import type { Channel } from './model.ts'

/**
 * Containers with an index, in which players seek. A transport stream may be live, HLS is a list.
 */
const FILE_EXTENSIONS = 'mkv|mp4|avi|mov|m4v|wmv|webm'
const FILE = new RegExp(`\\.(${FILE_EXTENSIONS})$`, 'i')
const OF_PANEL = /^https?:\/\/[^/]+\/(?:[^/]+\/)?(?:movie|series)\/[^/]+\/[^/]+\/[^/]+$/i
const OF_LIVE = /^https?:\/\/[^/]+\/(?:[^/]+\/)?live\//i
/** These are played as channels are, also where a panel lists them as movies. */
const PLAYED_AS_CHANNEL = /\.(?:ts|m3u8?|mpd)$/i

/**
 * Whether an address is that of a VOD in one file: it has a length, players seek in it, and no two
 * of them watch the same second.
 */
export function isFileAddress(url: string): boolean {
  const path = pathOf(url)
  if (!/^https?:/i.test(path) || PLAYED_AS_CHANNEL.test(path)) return false
  return FILE.test(path) || OF_PANEL.test(path)
}

/**
 * Whether an address leaves open if it is that of a VOD: only the answer shows it. A link that a
 * panel calls live is a channel, whatever is sent for it: some send a clip in place of a channel.
 */
export function mayBeFile(url: string): boolean {
  const path = pathOf(url)
  return /^https?:/i.test(path) && !PLAYED_AS_CHANNEL.test(path) && !OF_LIVE.test(path) && !isFileAddress(url)
}

/** Whether a channel is one file with an end: a movie, or an episode. */
export function isVod({ streams: [best] }: Pick<Channel, 'streams'>): boolean {
  return best !== undefined && isFileAddress(best.url)
}

/** The extension of the address of a VOD, such as `mkv`; `mp4` where it has none. */
export function fileExtension(url: string): string {
  return /\.([a-z0-9]{2,4})$/i.exec(pathOf(url))?.[1]?.toLowerCase() ?? 'mp4'
}

function pathOf(url: string): string {
  return url.replace(/[?#].*$/s, '')
}
