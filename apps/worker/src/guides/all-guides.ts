import { createHash } from 'node:crypto'
import type { GenerationInfo } from '@kptv/catalog'
import { type FileGuides, openStream, type Source } from '@kptv/config'
import type { Guide } from './guide.ts'

/**
 * All guides to read, in order of preference: first those of the sources file, which the operator
 * chose, then those named by the sources. An address named by several sources is one guide.
 *
 * @param epgUrls Sealed, as the catalogue holds them.
 */
export function allGuides(
  { guides }: FileGuides,
  epgUrls: GenerationInfo['epgUrls'],
  sources: readonly Source[],
): Guide[] {
  const found = new Map<string, Guide>()
  for (const { id, name, url, timeZone, shiftMs } of guides) {
    found.set(`file-${id}`, { id: `file-${id}`, name, url, zone: timeZone ?? 0, shiftMs })
  }
  for (const source of sources) {
    for (const { url: sealed } of epgUrls.filter(({ sourceId }) => sourceId === source.id)) {
      const { url } = openStream({ url: sealed, headers: [] }, source)
      if (!/^https?:/i.test(url) || !URL.canParse(url)) continue
      const { id: sourceId, guideTimeZone: zone = 0, guideShiftMs: shiftMs = 0 } = source
      const id = guideId(sealed)
      if (!found.has(id)) found.set(id, { id, name: nameOf(url), url, sourceId, zone, shiftMs })
    }
  }
  return [...found.values()]
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
