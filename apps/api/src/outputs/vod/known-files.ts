type Fields = Readonly<Record<string, string>>
type Known = { readonly fields: Fields; readonly untilMs: number }

const MAX_FILES = 1_000
const LIFETIME_MS = 10 * 60_000

/** What providers have said about files, so that a HEAD costs no connection while one plays. */
export class KnownFiles {
  readonly #files = new Map<string, Known>()
  readonly #monotonicMs: () => number

  constructor(monotonicMs: () => number) {
    this.#monotonicMs = monotonicMs
  }

  note(channelId: string, fields: Fields): void {
    this.#files.delete(channelId)
    this.#files.set(channelId, { fields, untilMs: this.#monotonicMs() + LIFETIME_MS })
    const [oldest] = this.#files.keys()
    if (this.#files.size > MAX_FILES && oldest !== undefined) this.#files.delete(oldest)
  }

  find(channelId: string): Fields | undefined {
    const known = this.#files.get(channelId)
    return known !== undefined && known.untilMs > this.#monotonicMs() ? known.fields : undefined
  }
}
