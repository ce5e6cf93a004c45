import { showsLogin } from '@kptv/addresses'
import { comparableKey } from './attributes.ts'
import { cleanName, cleanText } from './clean-text.ts'
import type { Channel } from './model.ts'
import { KEY_PATTERN } from './scan-attributes.ts'

/**
 * First line of the playlist, with the guides in both spellings that players know. Addresses with a
 * login in them are left out: they are the provider's account.
 */
export function renderHeader({ epgUrls }: { readonly epgUrls: readonly string[] }): string {
  const urls = epgUrls.filter((url) => !showsLogin(url)).map(quotable)
  if (urls.length === 0) return '#EXTM3U\n'
  const value = urls.join(',')
  return `#EXTM3U url-tvg="${value}" x-tvg-url="${value}"\n`
}

/** Our archive of a channel, for players that know Kodi's attributes. */
export type OfferedArchive = {
  readonly days: number
  /** With the placeholders that the player fills in. */
  readonly source: string
}

/**
 * The two lines of one channel; `url` is the proxy's own. Writes all attributes, except addresses
 * with a login and those that offer the provider's archive: ours takes their place. No text can
 * break the line or the attributes: double quotes in values become single ones, control characters
 * are removed.
 */
export function renderChannel(
  channel: Pick<Channel, 'name' | 'attributes'>,
  url: string,
  archive?: OfferedArchive,
): string {
  let line = '#EXTINF:-1'
  for (const [key, value] of channel.attributes) {
    if (KEY_PATTERN.test(key) && !OFFERS_ARCHIVE.test(comparableKey(key)) && !showsLogin(value))
      line += ` ${key}="${quotable(value)}"`
  }
  if (archive !== undefined)
    line += ` catchup="default" catchup-days="${archive.days}" catchup-source="${quotable(archive.source)}"`
  return `${line},${cleanName(channel.name)}\n${cleanText(url)}\n`
}

function quotable(text: string): string {
  return cleanText(text).replaceAll('"', "'")
}

const OFFERS_ARCHIVE = /^(?:catchup(?:-.+)?|timeshift|tvg-timeshift|tvg-rec|tvg-archive|tv-archive(?:-.+)?|rec)$/
