import { hash } from 'node:crypto'
import type { CatalogChannel } from '@kptv/catalog'
import { attributeValue } from '@kptv/playlist'

/** Address of the logo as the catalogue holds it: sealed. */
export function sealedLogo({ attributes }: Pick<CatalogChannel, 'attributes'>): string | undefined {
  const address = attributeValue(attributes, 'tvg-logo')?.trim()
  return address !== undefined && /^https?:\/\//i.test(address) ? address : undefined
}

/**
 * Name of a channel's logo in our links: the channel's id, and what changes with the address of the
 * logo. So a link costs no memory, is found by the channel, and may be cached until the logo
 * changes. `undefined`: its list names no logo.
 */
export function logoId(channel: Pick<CatalogChannel, 'id' | 'attributes'>): string | undefined {
  const address = sealedLogo(channel)
  return address && `${channel.id}${addressDigest(address)}`
}

/** The channel that a logo's name begins with, and the rest; `undefined` for any other text. */
export function parseLogoId(text: string): { readonly channelId: string; readonly digest: string } | undefined {
  const [, channelId, digest] = /^([0-9a-f]{16})([0-9a-f]{8})?$/.exec(text) ?? []
  return channelId === undefined ? undefined : { channelId, digest: digest ?? '' }
}

export function addressDigest(address: string): string {
  return hash('sha256', address).slice(0, 8)
}
