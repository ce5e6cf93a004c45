export { type AddressPolicy, createAddressPolicy } from './address-policy.ts'
export {
  CLASS_OF_CODE,
  classifyFailure,
  type Failure,
  type FailureClass,
  type FailureCode,
} from './classify-failure.ts'
export { type FetchedPlaylist, type FetchPlaylistRequest, fetchPlaylist } from './fetch-playlist.ts'
export { type OpenedStream, type OpenStreamRequest, openStream } from './open-stream.ts'
export { DEFAULT_PLAYLIST_LIMITS, type PlaylistLimits } from './playlist-limits.ts'
export { redactUrl } from './redact-url.ts'
export type { HeaderList } from './request-headers.ts'
export type { Timeouts } from './request-once.ts'
export { type ContentKind, SNIFF_LIMIT_BYTES, sniffContent } from './sniff-content.ts'
export { UpstreamError } from './upstream-error.ts'
