export { type ArchiveWindow, archiveAddress, reachesBack } from './archive/archive-address.ts'
export { archivedDays } from './archive/channel-archive.ts'
export type { StreamArchive } from './archive/stream-archive.ts'
export { archiveDays } from './archive-days.ts'
export type { Attributes } from './attributes.ts'
export { attributeValue, comparableKey } from './attributes.ts'
export { type ChannelKey, channelKey, createChannelKey } from './channel-key.ts'
export { type ChannelKind, channelKind, keyOfKind, kindOf } from './channel-kind.ts'
export {
  compareClaims,
  createNumberResolver,
  type NewNumber,
  type NumberClaim,
  numberClaim,
  withNumber,
} from './channel-numbers.ts'
export { type ChannelWish, type ChannelWishes, createChannelWishes, withWish } from './channel-wishes.ts'
export { charsetOf, charsetOfContentType } from './charset.ts'
export { createEntryFilter } from './entry-filter.ts'
export { readEpisode } from './episode-name.ts'
export { fileExtension, isFileAddress, isVod, mayBeFile } from './file-address.ts'
export { createGrouper, type GroupedEntry } from './group-channels.ts'
export { groupNames, groupParts } from './group-names.ts'
export { isGuideId } from './guide-id.ts'
export { guideShiftMs } from './guide-shift.ts'
export { findLostGroups, type ImportThresholds, judgeImport, type ListFigures } from './import-guard.ts'
export type { Channel, Entry, NotAPlaylist, Skipped, Stream } from './model.ts'
export { panelMovieInfo } from './panel/movie-address.ts'
export { type PanelAccount, readPanelAccount } from './panel/panel-account.ts'
export { type PanelEntryOptions, readPanelCategory, readPanelEntry } from './panel/panel-entry.ts'
export { type PanelMovie, readPanelMovie } from './panel/panel-movie.ts'
export { type PanelEpisode, type PanelSeries, readPanelSeries } from './panel/panel-series.ts'
export { isPanelSeries, panelEpisode } from './panel/series-address.ts'
export { createM3uParser } from './parse-m3u.ts'
export { type OfferedArchive, renderChannel, renderHeader } from './render-m3u.ts'
export { createSkipLog, type SkipLog } from './skip-log.ts'
export { compareSortKeys, type SortKey, type SortOrder, sortKey } from './sort-streams.ts'
export { createStreamIdentity, streamIdentity } from './stream-id.ts'
