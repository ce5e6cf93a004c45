import type { Zone } from '@kptv/guide'

/**
 * A programme guide that is read: from a list, a source's `epgUrl`, or `guides:` in the sources
 * file.
 */
export type Guide = {
  /** Made from the address without its login: stable, and safe to show. */
  readonly id: string
  /** Host and file name, or the name in the sources file: safe to show. */
  readonly name: string
  /** May hold a login: never for logs, keys or job data. */
  readonly url: string
  /** Source whose header fields and certificate rules are used. */
  readonly sourceId?: string
  /** For times without an offset. */
  readonly zone: Zone
  /** Added to every time. */
  readonly shiftMs: number
}
