export { chooseVariants, type VariantLimits } from './choose-variant.ts'
export {
  type FetchFailure,
  type Following,
  noteFetched,
  notePlaylistFailed,
  notePlaylistUnchanged,
  noteSegmentFailed,
  startFollowing,
  takePlaylist,
} from './follow-playlist.ts'
export type { ByteRange, MasterPlaylist, MediaPlaylist, MediaSegment, ParsedPlaylist, SegmentKey } from './model.ts'
export { type HlsStep, nextStep } from './next-step.ts'
export { parsePlaylist } from './parse-playlist.ts'
