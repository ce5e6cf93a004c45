import type { NotAPlaylist } from './model.ts'

/**
 * Recognises bodies that are not a list of channels, line by line: login and error pages, API
 * answers, and HLS playlists, whose lines look like those of a list. A page or warning that a panel
 * prints before the list is ignored: the list begins at its first `#EXTM3U` or `#EXTINF`.
 */
export function createForeignBodyDetector() {
  let verdict: NotAPlaylist | undefined
  let decided = false
  let sawText = false
  let sawEntry = false

  return {
    /** Whether this line (trimmed, not empty) is to be ignored. */
    isForeign(line: string): boolean {
      if (isHls() && CHANNEL.test(line)) verdict = undefined
      if (decided) return isHls()
      const isFirst = !sawText
      sawText = true
      if (LIST_MARK.test(line)) {
        verdict = undefined
        sawEntry ||= ENTRY.test(line)
        // The header may also open an HLS playlist; the tags of that come before the first address.
        return false
      }
      const hls = hlsKind(line)
      // A multivariant playlist has no EXTINF, so this tag belongs to an entry.
      if (hls && !(sawEntry && hls === 'hls-master-playlist')) {
        verdict = hls
        decided = true
        return true
      }
      if (isFirst) verdict = kindOfMarkup(line)
      if (verdict) return true
      if (!line.startsWith('#')) decided = true // an address, or garbage: later lines decide nothing
      return false
    },
    /** Call for a line that was too long to be read. */
    sawLongLine(): void {
      sawText = true
    },
    /** Call when the body has ended. */
    end(sawPlaylist: boolean): void {
      if (!sawPlaylist && sawText) verdict ??= 'other-text'
    },
    get verdict() {
      return verdict
    },
  }

  function isHls(): boolean {
    return verdict === 'hls-media-playlist' || verdict === 'hls-master-playlist'
  }
}

const LIST_MARK = /^#EXT(?:M3U|INF)\b/i
const ENTRY = /^#EXTINF\b/i
/** No segment has attributes, or no end; so tags of HLS before it are decoration. */
const CHANNEL = /^#EXTINF\s*:?\s*-\d+\s+[\w-]+\s*=/i

/** Tags that every such playlist must have (RFC 8216, 4.3.3.1 and 4.3.4.2). */
function hlsKind(line: string): NotAPlaylist | undefined {
  if (line.startsWith('#EXT-X-TARGETDURATION')) return 'hls-media-playlist'
  if (line.startsWith('#EXT-X-STREAM-INF')) return 'hls-master-playlist'
  return undefined
}

function kindOfMarkup(line: string): NotAPlaylist | undefined {
  if (/^<\?xml|^<(?:tv|rss|feed|error|response)\b/i.test(line)) return 'xml'
  if (line.startsWith('<')) return 'html'
  if (/^(?:\{|\[(?!playlist\]))/i.test(line)) return 'json'
  return undefined
}
