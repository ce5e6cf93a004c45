/**
 * `original`: the transport stream as it is. `converted`: HLS, whose audio the server converts to
 * AAC. `silent`: the transport stream without its audio.
 */
export type Way = 'original' | 'converted' | 'silent'

/** Why a way ended; `status` is that of the answer, if it was no success. */
export type Failure = { readonly status: number | undefined; readonly isUnsupported: boolean }

/** They say something of the channel or its user, whatever the way. */
const ABOUT_THE_CHANNEL: ReadonlySet<number> = new Set([401, 403, 404, 429, 502])

/**
 * The way to try after a failed one. Only audio is worth another way: browsers lack AC-3 and MPEG
 * layer II, which broadcasts use, far more often than they lack the codec of the video.
 */
export function nextWay(way: Way, { status, isUnsupported }: Failure): Way | undefined {
  if (status !== undefined && ABOUT_THE_CHANNEL.has(status)) return undefined
  if (way === 'original') return isUnsupported ? 'converted' : undefined
  return way === 'converted' ? 'silent' : undefined
}
