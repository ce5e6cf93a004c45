/** Rates are shown in steps, and small changes not at all: a steady stream causes no message. */
const STEP_BITS = 100_000
const MIN_CHANGE = 0.1
/** Media may come in bursts, a segment every 2, 4 or 6 seconds: some of them whole. */
const WINDOW_MS = 12_000
/** A shorter time says nothing. */
const MIN_READING_MS = 400

type Reading = { readonly bytes: number; readonly atMs: number }
type Rate = { readonly readings: readonly Reading[]; readonly shown: number }

/** Bits per second from totals of bytes, over the last twelve seconds. */
export class RateMeter {
  readonly #rates = new Map<string, Rate>()

  /** @param totalBytes only grows; a smaller one starts over */
  read(of: string, totalBytes: number, nowMs: number): number {
    const reading = { bytes: totalBytes, atMs: nowMs }
    const { readings, shown } = this.#rates.get(of) ?? { readings: [], shown: 0 }
    const last = readings.at(-1)
    if (last === undefined || totalBytes < last.bytes) {
      this.#rates.set(of, { readings: [reading], shown: 0 })
      return 0
    }
    if (nowMs - last.atMs < MIN_READING_MS) return shown
    const recent = readings.filter(({ atMs }, index) => nowMs - atMs <= WINDOW_MS || index === readings.length - 1)
    const rate = rateOf(recent[0]!, reading, shown)
    this.#rates.set(of, { readings: [...recent, reading], shown: rate })
    return rate
  }

  /** Keeps these only. */
  keep(ids: ReadonlySet<string>): void {
    for (const id of this.#rates.keys()) if (!ids.has(id)) this.#rates.delete(id)
  }
}

function rateOf(first: Reading, last: Reading, shown: number): number {
  const bitsPerSecond = ((last.bytes - first.bytes) * 8_000) / (last.atMs - first.atMs)
  if (bitsPerSecond > 0 && Math.abs(bitsPerSecond - shown) < shown * MIN_CHANGE) return shown
  return Math.round(bitsPerSecond / STEP_BITS) * STEP_BITS
}
