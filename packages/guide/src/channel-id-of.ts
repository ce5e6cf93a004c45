import { Buffer } from 'node:buffer'
import { decodeEntities } from './entities.ts'

const CHANNEL = /\schannel\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/
const OUTSIDE_ASCII = /[^\0-\x7f]/

/**
 * The channel that the start tag of a `<programme>` names, without parsing the rest of it.
 *
 * @param tag in Latin-1
 * @param decode from the document's encoding to text
 * @returns trimmed; `undefined` if the attribute is missing or empty
 */
export function channelIdOf(tag: string, decode: (bytes: Buffer) => string): string | undefined {
  const [, quoted, singleQuoted] = CHANNEL.exec(tag) ?? []
  const value = quoted ?? singleQuoted
  if (value === undefined) return undefined
  const text = OUTSIDE_ASCII.test(value) ? decode(Buffer.from(value, 'latin1')) : value
  const id = decodeEntities(text).trim()
  return id === '' ? undefined : id
}
