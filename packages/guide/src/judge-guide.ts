/** What is compared: of the last guide that was taken, and of the one that has just been read. */
export type GuideSize = {
  /** Programmes for channels of the catalogue. */
  readonly matchedProgrammes: number
  readonly channels: number
  /** Start of the last programme; `undefined` if there is none. */
  readonly lastStartMs: number | undefined
  /** Nothing closes the document. */
  readonly isCutOff?: boolean
}

/** Why a guide that was read does not replace the one before. */
type GuideDoubt =
  | 'guide-empty'
  | 'guide-not-xmltv'
  | 'guide-all-past'
  | 'guide-cut-off'
  | 'guide-shrunken'
  | 'guide-older'

/**
 * A guide that lost more than this share of its programmes was probably cut off, or made while its
 * maker failed.
 */
const MIN_KEPT_SHARE = 0.5
/**
 * Guides are made once or twice a day; one that ends this much sooner than the last one is an old
 * copy.
 */
const OLDER_MS = 12 * 60 * 60_000
/** Fewer programmes than this vary too much to say that they have shrunk. */
const FEW_PROGRAMMES = 50

/**
 * Whether a guide that was read may replace the one before. The last good guide stays otherwise, as
 * with lists.
 *
 * @returns `undefined` if it may
 */
export function judgeGuide(next: GuideSize, last: GuideSize | undefined, nowMs: number): GuideDoubt | undefined {
  if (next.channels === 0 && next.matchedProgrammes === 0) return 'guide-not-xmltv'
  if (next.matchedProgrammes === 0)
    return last === undefined || last.matchedProgrammes === 0 ? undefined : 'guide-empty'
  if (next.lastStartMs !== undefined && next.lastStartMs < nowMs) return 'guide-all-past'
  if (last === undefined) return undefined
  if (next.isCutOff === true && last.isCutOff !== true) return 'guide-cut-off'
  if (
    last.lastStartMs !== undefined &&
    next.lastStartMs !== undefined &&
    next.lastStartMs < last.lastStartMs - OLDER_MS
  ) {
    return 'guide-older'
  }
  const isShrunken = next.matchedProgrammes < last.matchedProgrammes * MIN_KEPT_SHARE
  return isShrunken && last.matchedProgrammes >= FEW_PROGRAMMES ? 'guide-shrunken' : undefined
}
