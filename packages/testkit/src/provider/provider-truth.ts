/** One request, as the provider saw it. `atMs`: `performance.now()` of the provider. */
type ProviderRequest = {
  readonly atMs: number
  readonly method: string
  readonly path: string
  readonly kind: 'playlist' | 'stream' | 'redirected' | 'other'
  readonly user: string | undefined
  readonly streamId: string | undefined
  readonly remoteAddress: string
  readonly headers: Record<string, string | string[] | undefined>
}

export type StreamAttempt = {
  readonly atMs: number
  readonly user: string
  readonly streamId: string
  readonly outcome: 'opened' | 'limit' | 'fault' | 'unknown-channel'
  readonly status: number
}

/** An attempt while as many streams of the account were open as it allows. */
type LimitViolation = {
  readonly atMs: number
  readonly user: string
  readonly streamId: string
  readonly open: number
  readonly limit: number
}

type StreamCounts = {
  open: number
  /**
   * Most streams that were open at once, the one being asked for included even if it was refused.
   */
  highWaterMark: number
  attempts: number
  opened: number
}

export type ProviderTruth = {
  openStreams: number
  highWaterMark: number
  readonly accounts: Record<string, StreamCounts>
  readonly channels: Record<string, StreamCounts>
  readonly attempts: StreamAttempt[]
  readonly violations: LimitViolation[]
  /** Attempts refused only because a closed stream still counted (`count-lag`). */
  lagRefusals: number
  /** Streams cut by `kick-oldest`. */
  kicks: number
  playlistFetches: number
  notModifiedAnswers: number
  mediaBytes: number
  /** Media left out because a client did not read. */
  droppedBytes: number
  readonly requests: ProviderRequest[]
  readonly requestsByMethod: Record<string, number>
}

const REMEMBERED_REQUESTS = 10_000

/** The provider's own record of events, kept by its sockets and never by what anyone reports. */
export class TruthBook {
  #truth: ProviderTruth = emptyTruth()
  #openAccounts = new Map<string, number>()
  #openChannels = new Map<string, number>()
  #open = 0

  /** Starts counting afresh; what is open stays open. */
  reset(): void {
    this.#truth = emptyTruth()
    this.#truth.highWaterMark = this.#open
    for (const [user, open] of this.#openAccounts) this.#counts('accounts', user).highWaterMark = open
    for (const [channel, open] of this.#openChannels) this.#counts('channels', channel).highWaterMark = open
  }

  snapshot(): ProviderTruth {
    const truth = structuredClone(this.#truth)
    truth.openStreams = this.#open
    for (const [user, counts] of Object.entries(truth.accounts)) counts.open = this.openOf(user)
    for (const [channel, counts] of Object.entries(truth.channels)) counts.open = this.#openChannels.get(channel) ?? 0
    return truth
  }

  openOf(user: string): number {
    return this.#openAccounts.get(user) ?? 0
  }

  request(request: ProviderRequest): void {
    const { requests, requestsByMethod } = this.#truth
    requestsByMethod[request.method] = (requestsByMethod[request.method] ?? 0) + 1
    if (requests.length < REMEMBERED_REQUESTS) requests.push(request)
    if (request.kind === 'playlist') this.#truth.playlistFetches++
  }

  /** A stream is wanted; call before deciding. */
  wanted(user: string, streamId: string): void {
    const [account, channel] = [this.#counts('accounts', user), this.#counts('channels', streamId)]
    account.attempts++
    channel.attempts++
    account.highWaterMark = Math.max(account.highWaterMark, this.openOf(user) + 1)
    channel.highWaterMark = Math.max(channel.highWaterMark, (this.#openChannels.get(streamId) ?? 0) + 1)
    this.#truth.highWaterMark = Math.max(this.#truth.highWaterMark, this.#open + 1)
  }

  attempt(attempt: StreamAttempt): void {
    if (this.#truth.attempts.length < REMEMBERED_REQUESTS) this.#truth.attempts.push(attempt)
  }

  violation(violation: LimitViolation): void {
    this.#truth.violations.push(violation)
  }

  /** A stream is open, until the function given back is called; calling it twice does no harm. */
  opened(user: string, streamId: string): () => void {
    this.#counts('accounts', user).opened++
    this.#counts('channels', streamId).opened++
    this.#change(user, streamId, 1)
    let isOpen = true
    return () => {
      if (isOpen) this.#change(user, streamId, -1)
      isOpen = false
    }
  }

  add(field: 'lagRefusals' | 'kicks' | 'notModifiedAnswers' | 'mediaBytes' | 'droppedBytes', amount: number): void {
    this.#truth[field] += amount
  }

  #change(user: string, streamId: string, by: 1 | -1): void {
    this.#open += by
    this.#openAccounts.set(user, this.openOf(user) + by)
    this.#openChannels.set(streamId, (this.#openChannels.get(streamId) ?? 0) + by)
  }

  #counts(kind: 'accounts' | 'channels', name: string): StreamCounts {
    this.#truth[kind][name] ??= { open: 0, highWaterMark: 0, attempts: 0, opened: 0 }
    return this.#truth[kind][name]
  }
}

function emptyTruth(): ProviderTruth {
  return {
    openStreams: 0,
    highWaterMark: 0,
    accounts: {},
    channels: {},
    attempts: [],
    violations: [],
    lagRefusals: 0,
    kicks: 0,
    playlistFetches: 0,
    notModifiedAnswers: 0,
    mediaBytes: 0,
    droppedBytes: 0,
    requests: [],
    requestsByMethod: {},
  }
}
