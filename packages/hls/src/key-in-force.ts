import { type Attributes, readUri } from './attributes.ts'

/** The encryption of the segments from here on. */
export type KeyInForce = { readonly uri: string; readonly iv: string | undefined } | 'unsupported' | undefined

/**
 * Several EXT-X-KEY in a row offer the same key in several formats (RFC 8216 section 4.3.2.4); one
 * that we support wins. The next EXT-X-KEY after a segment starts afresh.
 */
export function createKeyReader() {
  let offered: KeyInForce
  let isOfferOpen = false

  return {
    take(attributes: Attributes): void {
      const key = readKey(attributes)
      if (!isOfferOpen || offered === 'unsupported') offered = key
      isOfferOpen = true
    },

    inForce(): KeyInForce {
      isOfferOpen = false
      return offered
    },
  }
}

function readKey(attributes: Attributes): KeyInForce {
  const method = attributes.get('METHOD')?.toUpperCase()
  if (method === 'NONE') return undefined
  const uri = readUri(attributes)
  const format = attributes.get('KEYFORMAT')?.toLowerCase() || 'identity'
  if (method !== 'AES-128' || format !== 'identity' || uri === undefined) return 'unsupported'
  return { uri, iv: attributes.get('IV') }
}
