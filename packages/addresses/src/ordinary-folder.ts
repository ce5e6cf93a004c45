/**
 * Whether a segment of a path is an everyday folder name and therefore neither a user nor a
 * password.
 */
export function isOrdinaryFolder(segment: string): boolean {
  return ORDINARY_WORDS.has(segment.toLowerCase())
}

/** The same for any word in it: `lists2024` and `my-iptv` are as ordinary as `lists` and `iptv`. */
export function hasOrdinaryWord(segment: string): boolean {
  return segment.split(/[^a-z]+/i).some(isOrdinaryFolder)
}

const ORDINARY_WORDS: ReadonlySet<string> = new Set(
  (
    'api app asset assets backdrop backdrops blob branch categories category channel channels cms content countries ' +
    'country cover covers data download downloads epg fhd file files free guide guides hd heads icon icons image ' +
    'images img imgs iptv language languages large list lists live logo logos main master media movie movies music ' +
    'news original picon picons picture pictures playlist playlists poster posters production program public radio ' +
    'raw refs region regions repo repository sd series small sport sports static stream streams thumb thumbnail ' +
    'thumbnails thumbs tv 4k uhd upload uploads user users video videos web wikipedia world www'
  ).split(' '),
)
