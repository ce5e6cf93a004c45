import { showsLogin } from '@kptv/addresses'
import { comparableKey } from './attributes.ts'
import { cleanName, cleanText } from './clean-text.ts'
import type { Channel } from './model.ts'
import { KEY_PATTERN } from './scan-attributes.ts'

/**
 * First line of the playlist, with the guides in both spellings that players know. Addresses with a
 * login in them are left out: they are the provider's account.
 */
export function renderHeader({ epgUrls }: { epgUrls: readonly string[] }): string {
  const urls = epgUrls.filter((url) => !showsLogin(url)).map(quotable)
  if (urls.length === 0) return '#EXTM3U\n'
  const value = urls.join(',')
  return `#EXTM3U url-tvg="${value}" x-tvg-url="${value}"\n`
}

/**
 * The two lines of one channel; `url` is the proxy's own. Writes all attributes, except addresses
 * with a login and those that offer an archive: a player would request yesterday and get the live
 * stream. No text can break the line or the attributes: double quotes in values become single ones,
 * control characters are removed.
 */
export function renderChannel(channel: Pick<Channel, 'name' | 'attributes'>, url: string): string {
  let line = '#EXTINF:-1'
  for (const [key, value] of channel.attributes) {
    if (KEY_PATTERN.test(key) && !OFFERS_ARCHIVE.test(comparableKey(key)) && !showsLogin(value))
      line += ` ${key}="${quotable(value)}"`
  }
  return `${line},${cleanName(channel.name)}\n${cleanText(url)}\n`
}

function quotable(text: string): string {
  return cleanText(text).replaceAll('"', "'")
}

const OFFERS_ARCHIVE = /^(?:catchup(?:-.+)?|timeshift|tvg-timeshift|tvg-rec|tvg-archive|tv-archive(?:-.+)?|rec)$/
