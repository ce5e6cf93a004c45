/** What the page hears of the edge. */
type EdgeLinkOptions = {
  /** Opens the events; `heard` is called for each, `broken` when they end, for good or for now. */
  readonly openEvents: (on: { readonly heard: () => void; readonly broken: (isOver: boolean) => void }) => {
    close(): void
  }
  /** Rejects if the edge does not answer. */
  readonly poll: () => Promise<void>
  readonly onState: (state: 'live' | 'polling' | 'lost') => void
  /** Any clock. */
  readonly nowMs: () => number
}

const POLL_MS = 5_000
/**
 * The edge says every 5 s that it is there. A page that hears less is behind a proxy that holds
 * events back, or its connection is dead without notice: then it asks.
 */
const PATIENCE_MS = 12_000
/** While it asks, it tries events again so often; and so soon if they were refused. */
const [DEAF_MS, REFUSED_MS] = [60_000, 3_000]

/** Keeps the page in touch with its edge: by events, and by polls while none come. */
export class EdgeLink {
  readonly #options: EdgeLinkOptions
  #events: { close(): void } | undefined
  #heardAtMs = 0
  #openAtMs = Number.NEGATIVE_INFINITY
  #pollAtMs = Number.POSITIVE_INFINITY
  #state: 'live' | 'polling' | 'lost' | undefined

  constructor(options: EdgeLinkOptions) {
    this.#options = options
  }

  /** To be called once a second. */
  tick(): void {
    const nowMs = this.#options.nowMs()
    if (this.#events !== undefined && nowMs - this.#heardAtMs > PATIENCE_MS) {
      this.close()
      this.#openAtMs = nowMs + DEAF_MS
      this.#pollAtMs = nowMs
    }
    if (this.#events !== undefined) return
    if (nowMs >= this.#openAtMs) this.#open(nowMs)
    else if (nowMs >= this.#pollAtMs) void this.#poll(nowMs)
  }

  close(): void {
    this.#events?.close()
    this.#events = undefined
  }

  #open(nowMs: number): void {
    this.#heardAtMs = nowMs
    this.#events = this.#options.openEvents({
      heard: () => {
        this.#heardAtMs = this.#options.nowMs()
        this.#pollAtMs = Number.POSITIVE_INFINITY
        this.#say('live')
      },
      broken: (isOver) => {
        this.#say('lost')
        // Otherwise the browser reconnects on its own.
        if (!isOver) return
        this.close()
        this.#openAtMs = this.#options.nowMs() + REFUSED_MS
      },
    })
  }

  async #poll(nowMs: number): Promise<void> {
    this.#pollAtMs = nowMs + POLL_MS
    try {
      await this.#options.poll()
      // It is back: perhaps with events.
      if (this.#state === 'lost') this.#openAtMs = this.#options.nowMs()
      if (this.#events === undefined) this.#say('polling')
    } catch {
      if (this.#events === undefined) this.#say('lost')
    }
  }

  #say(state: 'live' | 'polling' | 'lost'): void {
    this.#state = state
    this.#options.onState(state)
  }
}
