import { hash } from 'node:crypto'

/**
 * Id of a channel. It depends on the normalised name alone, so links stay good for years.
 *
 * @param key the normalised name: `channelKey(name)` of `@kptv/playlist`. Lookup by name is
 * `channelId(channelKey(name))`.
 * @returns 16 hexadecimal digits
 */
export function channelId(key: string): string {
  return shortHash(key)
}

/**
 * Id of a stream: source and the provider's own identity of it; host, credentials and position do
 * not matter.
 *
 * @param identity `streamIdentity(…)` of `@kptv/playlist`
 * @returns 16 hexadecimal digits
 */
export function streamId(sourceId: string, identity: string): string {
  return shortHash(`${sourceId}\n${identity}`)
}

/** 64 bits: among a million names the chance that any two share an id is one in 37 million. */
function shortHash(text: string): string {
  return hash('sha256', text).slice(0, 16)
}
