import { channelKey } from './channel-key.ts'
import { streamIdentity } from './stream-id.ts'

/**
 * Whether the name is visible: names of only spaces and direction marks would all be the same
 * channel.
 */
export function hasVisibleText(name: string): boolean {
  return /[A-Za-z0-9]/.test(name) || (name !== '' && channelKey(name) !== '')
}

/**
 * Name of an entry without one: its number or file name if that is meaningful, otherwise host and a
 * number derived from its path. Other parts of the path are never shown, they may be a user name or
 * a password.
 */
export function nameFromUrl(address: string): string {
  const url = URL.parse(address)
  const file = url?.pathname.split('/').at(-1) ?? ''
  const name = /^(\d+)$/.exec(file)?.[1] ?? /^([\w-]+)\.(?:ts|m3u8|mpd|mp4|mkv|mp3|aac|flv)$/i.exec(file)?.[1]
  if (name !== undefined && !MEANINGLESS.test(name)) return name.slice(0, 64)
  const identity = streamIdentity({ url: address, secrets: [] })
  return `${url?.hostname || 'stream'} ${checksum(identity).toString(16).padStart(8, '0')}`
}

const MEANINGLESS = /^(?:index|playlist|master|main|live|stream|video|manifest|chunklist|mono|tracks.*)$/i

/** FNV-1a, 32 bit: distinguishes, hides nothing. */
function checksum(text: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return hash >>> 0
}
