/** Rates are shown in steps, and small changes not at all: a steady stream causes no message. */
const STEP_BITS = 100_000
const MIN_CHANGE = 0.1
/** A shorter time says nothing. */
const MIN_WINDOW_MS = 400

type Reading = { readonly bytes: number; readonly atMs: number; readonly shown: number }

/** Bits per second from totals of bytes, each between two readings. */
export class RateMeter {
  readonly #last = new Map<string, Reading>()

  /** @param totalBytes only grows; a smaller one starts anew */
  read(of: string, totalBytes: number, nowMs: number): number {
    const last = this.#last.get(of)
    if (last !== undefined && totalBytes >= last.bytes && nowMs - last.atMs < MIN_WINDOW_MS) return last.shown
    const shown = last === undefined || totalBytes < last.bytes ? 0 : rateSince(last, totalBytes, nowMs)
    this.#last.set(of, { bytes: totalBytes, atMs: nowMs, shown })
    return shown
  }

  /** Keeps these only. */
  keep(ids: ReadonlySet<string>): void {
    for (const id of this.#last.keys()) if (!ids.has(id)) this.#last.delete(id)
  }
}

function rateSince({ bytes, atMs, shown }: Reading, totalBytes: number, nowMs: number): number {
  const bitsPerSecond = ((totalBytes - bytes) * 8_000) / (nowMs - atMs)
  if (bitsPerSecond > 0 && Math.abs(bitsPerSecond - shown) < shown * MIN_CHANGE) return shown
  return Math.round(bitsPerSecond / STEP_BITS) * STEP_BITS
}
