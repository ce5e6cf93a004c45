/**
 * Lists that name the address of a stream, in the forms used by radios, portals and set-top boxes.
 * (`#EXTM3U` is read as a playlist first.)
 */
const MAX_ADDRESSES = 16
const MAX_TEXT = 64 * 1024
const ADDRESS = /^(?:https?|rtsp|rtmps?|udp|rtp|igmp):\/\/\S+$/i

/** By the beginning of a text without leading white space. */
export function looksLikeAddressList(start: string): boolean {
  return FORMS.some(({ begins }) => begins.test(start))
}

/** The addresses in a list, in its order; relative ones as they are written. */
export function readAddressList(text: string): readonly string[] {
  const trimmed = text
    .slice(0, MAX_TEXT)
    .replace(/^\ufeff/, '')
    .trim()
  const form = FORMS.find(({ begins }) => begins.test(trimmed))
  const found = form?.read(trimmed).map((address) => address.trim()) ?? []
  return found.filter((address) => address !== '').slice(0, MAX_ADDRESSES)
}

const FORMS: ReadonlyArray<{ readonly begins: RegExp; read(text: string): string[] }> = [
  // PLS, and the like of Windows Media.
  { begins: /^\[(?:playlist|reference)\]/i, read: (text) => matches(text, /^\s*(?:File|Ref)\d+\s*=\s*(.+)$/gim) },
  // ASX.
  {
    begins: /^<asx\b/i,
    read: (text) => matches(text, /<ref\s[^>]*?\bhref\s*=\s*(?:"([^"]*)"|'([^']*)')/gi).map(unescapeXml),
  },
  // XSPF.
  {
    begins: /^(?:<\?xml[^>]*\?>\s*)?(?:<!--[^>]*-->\s*)?<playlist\b/i,
    read: (text) => matches(text, /<location>\s*(?:<!\[CDATA\[)?([^<\]]+)/gi).map(unescapeXml),
  },
  // SMIL and playlists of Windows Media, media links of QuickTime, playlists of Winamp.
  {
    begins: /^(?:<\?(?:xml|wpl|quicktime)\b[^>]*>\s*)*(?:<!--[^>]*-->\s*)?<(?:smil|embed|winampxml)\b/i,
    read: (text) =>
      matches(
        text,
        /<(?:video|audio|ref|media|embed|entry)\s(?:[^>]*?\s)?(?:src|playstring)\s*=\s*(?:"([^"]*)"|'([^']*)')/gi,
      ).map(unescapeXml),
  },
  // Addresses alone, line by line, perhaps behind remarks (as RealAudio had them).
  {
    begins: /^(?:#(?!EXT)[^\r\n]*[\r\n]+\s*){0,8}(?:https?|rtsp|rtmps?|udp|rtp|igmp):\/\/\S+\s*(?:$|[\r\n])/i,
    read: (text) => text.split(/[\r\n]+/).filter((line) => ADDRESS.test(line.trim())),
  },
]

function matches(text: string, pattern: RegExp): string[] {
  return Array.from(text.matchAll(pattern), ([, one, other]) => one ?? other ?? '')
}

function unescapeXml(text: string): string {
  return text.replace(/&(amp|lt|gt|quot|apos);/g, (_, name: string) => ENTITIES[name]!)
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }
