export { attributeValue } from './attributes.ts'
export { channelKey } from './channel-key.ts'
export { createGrouper, type Grouper, type GrouperOptions } from './group-channels.ts'
export { type ImportFacts, type ImportVerdict, judgeImport } from './import-guard.ts'
export { DEFAULT_LIMITS, type Limits } from './limits.ts'
export type {
  Attributes,
  Channel,
  Entry,
  NotAPlaylist,
  PlaylistHeader,
  Skipped,
  SkipReason,
  SourceId,
  Stream,
} from './model.ts'
export { createM3uParser, type M3uParser } from './parse-m3u.ts'
export { renderChannel, renderHeader } from './render-m3u.ts'
export type { SkipLog } from './skip-log.ts'
export { compareSortText, DEFAULT_SORT_ORDER, type SortOrder, sortChannels, sortText } from './sort-streams.ts'
export { streamIdentity } from './stream-id.ts'
export { withoutSecrets } from './url-credentials.ts'
