export { AUDIO_TIMESTAMP_BYTES, readAudioTimestamp } from './audio-timestamp.ts'
export { chooseVariants, type VariantLimits } from './choose-variant.ts'
export {
  type FetchFailure,
  type Following,
  noteFetched,
  notePassedOver,
  notePlaylistFailed,
  notePlaylistUnchanged,
  noteSegmentFailed,
  startFollowing,
  takePlaylist,
} from './follow-playlist.ts'
export type {
  ByteRange,
  MasterPlaylist,
  MediaMap,
  MediaPlaylist,
  MediaSegment,
  ParsedPlaylist,
  SegmentKey,
  Variant,
} from './model.ts'
export { type HlsStep, nextStep } from './next-step.ts'
export { parsePlaylist } from './parse-playlist.ts'
