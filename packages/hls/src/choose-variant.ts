import type { MasterPlaylist, Variant } from './model.ts'

export type VariantLimits = {
  /** Bits per second. */
  readonly maxBandwidth?: number | undefined
  /** Lines of the video. */
  readonly maxHeight?: number | undefined
  /** Whether audio from other playlists can be joined with the video. */
  readonly canJoinAudio?: boolean | undefined
}

/**
 * Variants in the order in which to try them: the best within the limits first, so that the same
 * variant at another address (RFC 8216 section 6.2.4) comes right behind; those above the limits
 * last, the smallest first, so that a limit never leaves a channel without video. Audio alone comes
 * after all video. Variants that have audio only in other playlists are left out where the two
 * cannot be joined.
 */
export function chooseVariants({ variants }: MasterPlaylist, limits: VariantLimits): readonly Variant[] {
  const playable = variants.filter(({ hasOwnAudio }) => hasOwnAudio || limits.canJoinAudio === true)
  const allowed = playable.filter((variant) => isWithin(variant, limits)).sort(bestFirst)
  const others = playable.filter((variant) => !isWithin(variant, limits)).sort((one, other) => bestFirst(other, one))
  const ordered = [...allowed, ...others]
  return [...ordered.filter(({ isAudioOnly }) => !isAudioOnly), ...ordered.filter(({ isAudioOnly }) => isAudioOnly)]
}

function isWithin({ bandwidth, height }: Variant, { maxBandwidth, maxHeight }: VariantLimits): boolean {
  if (maxBandwidth !== undefined && bandwidth > maxBandwidth) return false
  return maxHeight === undefined || height === undefined || height <= maxHeight
}

function bestFirst(one: Variant, other: Variant): number {
  return other.bandwidth - one.bandwidth || (other.height ?? 0) - (one.height ?? 0)
}
