export type ArrivalGap = { readonly durationMs: number; readonly endedAtMs: number; readonly packet: number }

/** Times at which media came: gaps, and latency from making to arrival. */
export class ArrivalCheck {
  firstMediaAtMs: number | undefined
  lastMediaAtMs: number | undefined
  longestGap: ArrivalGap | undefined
  /** Gaps over the threshold, the first 1,000. */
  readonly gaps: ArrivalGap[] = []
  readonly #gapThresholdMs: number
  #latenciesMs: number[] = []
  #everyNth = 1
  #count = 0
  #maxLatencyMs = 0

  constructor(gapThresholdMs: number) {
    this.#gapThresholdMs = gapThresholdMs
  }

  /** A chunk with media in it came. */
  pushMedia(atMs: number, packet: number): void {
    this.firstMediaAtMs ??= atMs
    const durationMs = atMs - (this.lastMediaAtMs ?? atMs)
    this.lastMediaAtMs = atMs
    const gap = { durationMs, endedAtMs: atMs, packet }
    if (durationMs > (this.longestGap?.durationMs ?? -1)) this.longestGap = gap
    if (durationMs > this.#gapThresholdMs && this.gaps.length < 1_000) this.gaps.push(gap)
  }

  pushLatency(latencyMs: number): void {
    this.#maxLatencyMs = Math.max(this.#maxLatencyMs, latencyMs)
    if (this.#count++ % this.#everyNth !== 0) return
    this.#latenciesMs.push(latencyMs)
    if (this.#latenciesMs.length < 20_000) return
    // Thinned out evenly, so that memory stays bounded on long runs.
    this.#latenciesMs = this.#latenciesMs.filter((_, index) => index % 2 === 0)
    this.#everyNth *= 2
  }

  latencyMs(): { readonly p50: number; readonly p95: number; readonly max: number } | undefined {
    if (this.#latenciesMs.length === 0) return undefined
    const sorted = this.#latenciesMs.toSorted((one, other) => one - other)
    const at = (share: number) => sorted[Math.floor((sorted.length - 1) * share)]!
    return { p50: at(0.5), p95: at(0.95), max: this.#maxLatencyMs }
  }
}
