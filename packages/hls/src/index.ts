export { AUDIO_TIMESTAMP_BYTES, readAudioTimestamp } from './audio-timestamp.ts'
export { chooseVariants, type VariantLimits } from './choose-variant.ts'
export {
  type Following,
  noteFetched,
  notePassedOver,
  notePlaylistFailed,
  notePlaylistUnchanged,
  noteSegmentFailed,
  pendingMs,
  startFollowing,
  takePlaylist,
} from './follow-playlist.ts'
export type {
  ByteRange,
  MediaMap,
  MediaPlaylist,
  MediaSegment,
  ParsedPlaylist,
  SegmentKey,
  Variables,
  Variant,
} from './model.ts'
export { type HlsStep, nextStep } from './next-step.ts'
export { createPlaylistParser, parsePlaylist } from './parse-playlist.ts'
export { writeMediaPlaylist, writeMultivariantPlaylist } from './write-playlist.ts'
