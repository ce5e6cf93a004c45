/** Rates are shown in steps, so that a steady one causes no change. */
const STEP_BITS = 100_000

/** Bits per second from totals of bytes, each between two readings. */
export class RateMeter {
  readonly #last = new Map<string, { readonly bytes: number; readonly atMs: number }>()

  /** @param totalBytes only grows; a smaller one starts anew */
  read(of: string, totalBytes: number, nowMs: number): number {
    const last = this.#last.get(of)
    this.#last.set(of, { bytes: totalBytes, atMs: nowMs })
    if (last === undefined || nowMs <= last.atMs || totalBytes < last.bytes) return 0
    const bitsPerSecond = ((totalBytes - last.bytes) * 8_000) / (nowMs - last.atMs)
    return Math.round(bitsPerSecond / STEP_BITS) * STEP_BITS
  }

  /** Keeps these only. */
  keep(ids: ReadonlySet<string>): void {
    for (const id of this.#last.keys()) if (!ids.has(id)) this.#last.delete(id)
  }
}
