import { createHash } from 'node:crypto'
import type { GenerationInfo } from '@kptv/catalog'
import { openStream, type Source } from '@kptv/config'
import type { Guide } from './guide.ts'

/**
 * The guides that the sources of a catalogue name, in order of preference: those of the first
 * source first. An address that several sources name is one guide.
 *
 * @param epgUrls Sealed, as the catalogue holds them.
 */
export function guidesOfCatalog(epgUrls: GenerationInfo['epgUrls'], sources: readonly Source[]): Guide[] {
  const guides = new Map<string, Guide>()
  for (const source of sources) {
    for (const { url: sealed } of epgUrls.filter(({ sourceId }) => sourceId === source.id)) {
      const { url } = openStream({ url: sealed, headers: [] }, source)
      if (!/^https?:/i.test(url) || !URL.canParse(url)) continue
      const id = guideId(sealed)
      if (!guides.has(id)) guides.set(id, { id, name: nameOf(url), url, sourceId: source.id, zone: 0, shiftMs: 0 })
    }
  }
  return [...guides.values()]
}

/**
 * @param sealed An address without its login: the id does not change with the password, and gives
 * nothing away.
 */
function guideId(sealed: string): string {
  return createHash('sha256').update(sealed).digest('hex').slice(0, 12)
}

/** Host and last folder or file without the query, where logins stand. */
function nameOf(url: string): string {
  const { host, pathname } = new URL(url)
  const file = pathname.split('/').at(-1) ?? ''
  return /\.(?:xml|gz|xz|php)$/i.test(file) ? `${host}/${file}` : host
}
