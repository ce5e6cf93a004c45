/**
 * Live providers resend up to their last 15 s on each connection; media that repeats after longer
 * is not live.
 */
const MAX_REPLAY_MS = 20_000
const REMEMBERED_BEGINNINGS = 4

type ClipMemory = {
  /**
   * An attempt on a stream began with media of this fingerprint. True if an earlier one began with
   * the same media long enough ago that a live stream would have moved on: a clip ("limit
   * reached") that ends and is served again.
   *
   * @param atMs monotonic
   */
  isRepeated(streamId: string, fingerprint: number, atMs: number): boolean
}

/** What a session remembers of the beginnings of its streams: a few numbers for each. */
export function createClipMemory(): ClipMemory {
  const beginnings = new Map<string, ReadonlyArray<{ readonly fingerprint: number; readonly atMs: number }>>()

  function isRepeated(streamId: string, fingerprint: number, atMs: number): boolean {
    const known = beginnings.get(streamId) ?? []
    const same = known.find((one) => one.fingerprint === fingerprint)
    if (same !== undefined) return atMs - same.atMs > MAX_REPLAY_MS
    beginnings.set(streamId, [...known, { fingerprint, atMs }].slice(-REMEMBERED_BEGINNINGS))
    return false
  }

  return { isRepeated }
}
