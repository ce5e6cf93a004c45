import type { CatalogChannel, CatalogStream } from '@kptv/catalog'
import { type ArchiveWindow, archiveAddress, reachesBack } from '@kptv/playlist'

/**
 * The streams of a channel whose archives have this part of the past, with the addresses that play
 * it, in order of preference. They have ids of their own: an archive that fails says nothing about
 * the live stream.
 *
 * @param zones of the clocks of sources, by id; UTC where one is unknown
 */
export function archivedStreams(
  { streams }: Pick<CatalogChannel, 'streams'>,
  window: ArchiveWindow,
  zones: ReadonlyMap<string, string>,
): CatalogStream[] {
  return streams.flatMap(({ archive, ...stream }) => {
    if (archive === undefined || !reachesBack(archive, window)) return []
    const url = archiveAddress({ url: stream.url, archive, zone: zones.get(stream.sourceId) ?? 'UTC' }, window)
    return url === undefined ? [] : [{ ...stream, id: `${stream.id}-archive`, url }]
  })
}
