import { archiveDays } from '../archive-days.ts'
import type { Attributes } from '../attributes.ts'
import { attributeValue } from '../attributes.ts'

/**
 * How a provider plays the past of a stream. `template`: an address with placeholders. `append`:
 * such a text behind the address of the stream. The others are built from that address.
 */
export type StreamArchive = {
  readonly kind: 'template' | 'append' | 'shift' | 'flussonic' | 'xtream'
  readonly days: number
  /** Of `template` and `append`; sealed, where the provider's login stands in it. */
  readonly source?: string
  /** Added to all times. */
  readonly correctionMs?: number
}

/** Where a list offers an archive, and does not say how long: as players take it. */
const UNSTATED_DAYS = 5
const HOUR_MS = 3_600_000
const MAX_CORRECTION_H = 24

/**
 * The archive that the attributes of an entry offer, if we can play it: `undefined` without one,
 * where only the provider's own guide knows a fact of its address (`{catchup-id}`), and where the
 * address of the stream does not have the form that the kind needs.
 */
export function streamArchive(attributes: Attributes, url: string): StreamArchive | undefined {
  const kind = kindOf(attributes, url)
  if (kind === undefined || !/^https?:/i.test(url)) return undefined
  const source = attributeValue(attributes, 'catchup-source')?.trim() ?? ''
  const needsSource = kind === 'template' || kind === 'append'
  if ((needsSource && source === '') || /\{catchup-id\}/.test(source)) return undefined
  if (ADDRESS_FORMS[kind]?.test(url) === false) return undefined
  const days = archiveDays(attributes) || UNSTATED_DAYS
  const correction = Number(attributeValue(attributes, 'catchup-correction') ?? 0)
  const isCorrected = Number.isFinite(correction) && correction !== 0 && Math.abs(correction) <= MAX_CORRECTION_H
  return {
    kind: kind === 'template' && !/^https?:/i.test(source) ? 'append' : kind,
    days,
    ...(needsSource ? { source } : {}),
    ...(isCorrected ? { correctionMs: correction * HOUR_MS } : {}),
  }
}

/** The words that lists use; a template wins over the form that the kind would have. */
function kindOf(attributes: Attributes, url: string): StreamArchive['kind'] | undefined {
  const word = (attributeValue(attributes, 'catchup') || attributeValue(attributes, 'catchup-type') || '').toLowerCase()
  const hasSource = Boolean(attributeValue(attributes, 'catchup-source')?.trim())
  switch (word) {
    case 'default':
    case 'vod':
      return 'template'
    case 'append':
      return 'append'
    case 'shift':
    case 'timeshift':
    case 'archive':
      return hasSource ? 'template' : 'shift'
    case 'fs':
    case 'flussonic':
    case 'flussonic-hls':
    case 'flussonic-ts':
      return hasSource ? 'template' : 'flussonic'
    case 'xc':
      return hasSource ? 'template' : 'xtream'
    case '':
      return archiveDays(attributes) > 0 && XTREAM_LIVE.test(url) && isKept(attributes) ? 'xtream' : undefined
    default:
      return undefined
  }
}

/** Lists made from the interface of a panel repeat its `tv_archive`. */
function isKept(attributes: Attributes): boolean {
  return attributeValue(attributes, 'tv-archive')?.trim() === '1'
}

/** `/live/<user>/<password>/<number>.ts`, or the short form. */
export const XTREAM_LIVE = /^(https?:\/\/[^/?#]+)\/(?:live\/)?([^/?#]+)\/([^/?#]+)\/(\d+)(?:\.\w{1,5})?$/i

/** `/<stream>/mpegts` and `/<stream>/<list>.m3u8`, with whatever query. */
export const FLUSSONIC_LIVE = /^([^?#]+\/)(?:(mpegts|index\.ts)|([\w-]+)\.m3u8)(\?.*)?$/i

/** Live addresses that some kinds of archives are derived from; any other has no archive. */
const ADDRESS_FORMS: Partial<Record<StreamArchive['kind'], RegExp>> = {
  xtream: XTREAM_LIVE,
  flussonic: FLUSSONIC_LIVE,
}
