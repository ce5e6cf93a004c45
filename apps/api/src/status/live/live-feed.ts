import { setTimeout as sleep } from 'node:timers/promises'
import { type ClusterEvent, errorAnswer, type LiveSource, type LiveState, nodeReport, REDIS_AWAY } from '@kptv/contract'
import type { EventLog } from '@kptv/events'
import type { Redis, RedisKeys } from '@kptv/redis'
import { parseJson } from '../../cluster/parse-json.ts'
import { ChangeHistory, type ChangeMessage } from './change-history.ts'
import type { ChannelName } from './channel-names.ts'
import { LiveBoard } from './live-board.ts'
import { changeBetween } from './live-changes.ts'

export type LiveMessage =
  | { readonly type: 'all'; readonly id: number; readonly state: LiveState }
  | ChangeMessage
  /** What has happened since the last second; a page that was away reads the log again. */
  | { readonly type: 'told'; readonly events: readonly ClusterEvent[] }

export type LiveFeedOptions = {
  readonly redis: Pick<Redis, 'publish'>
  readonly subscriber: Redis
  readonly keys: RedisKeys
  /** Throws when Redis is away. */
  readonly sources: () => Promise<Record<string, LiveSource>>
  /** Problems of the files that this node reads. */
  readonly notices: () => readonly string[]
  readonly log: Pick<EventLog, 'after' | 'latestId'>
  readonly about: (channelId: string) => ChannelName
  /** Whether the end of a silent node is proven. Throws when Redis is away. */
  readonly isEnded: (incarnation: string) => Promise<boolean>
  readonly nowMs: () => number
  readonly times?: FeedTimes
}

type FeedTimes = {
  readonly everyMs: number
  /** The first reports of all nodes come within this time. */
  readonly firstMs: number
  /** Between two looks for nodes that have ended. */
  readonly silenceMs: number
  /** Reports of one change of the cluster come together. */
  readonly soonMs: number
}

const TIMES: FeedTimes = { everyMs: 1_000, firstMs: 300, silenceMs: 300, soonMs: 50 }

/** The cluster as this edge knows it. Without an open page it requests no reports. */
export class LiveFeed {
  readonly #options: LiveFeedOptions
  readonly #times: FeedTimes
  readonly #watchers = new Set<(message: LiveMessage) => void>()
  readonly #history = new ChangeHistory()
  /** Also those that have not got anything yet. */
  #pages = 0
  #begun: Promise<void> | undefined
  #board = new LiveBoard()
  #isAway = false
  #state: LiveState = { at: 0, nodes: {}, channels: {}, sources: {}, notices: {} }
  #timers: ReadonlyArray<() => void> = []
  #soonTimer: NodeJS.Timeout | undefined
  /** Of the last event that was told; `undefined` until it is known. */
  #toldId: string | undefined

  constructor(options: LiveFeedOptions) {
    this.#options = options
    this.#times = options.times ?? TIMES
    options.subscriber.on('message', (name: string, text: string) => {
      if (name === options.keys.liveReports) this.#hear(text)
    })
  }

  /**
   * From now on each change is handed over, after everything, or after what came since `lastId`.
   *
   * @returns ends it
   */
  async watch(watcher: (message: LiveMessage) => void, lastId?: number): Promise<() => void> {
    this.#pages += 1
    if (this.#pages === 1) this.#begun = this.#begin()
    await this.#begun
    const missed = lastId === undefined ? undefined : this.#history.since(lastId)
    if (missed !== undefined) missed.forEach(watcher)
    else watcher({ type: 'all', id: this.#history.id, state: this.#state })
    this.#watchers.add(watcher)
    return () => this.#leave(watcher)
  }

  /** For pages that cannot receive events. */
  async read(): Promise<LiveState> {
    const leave = await this.watch(() => undefined)
    // A poll comes again: until then the nodes keep reporting.
    setTimeout(leave, 10_000).unref()
    return this.#state
  }

  async #begin(): Promise<void> {
    const { subscriber, keys, log } = this.#options
    const { everyMs, firstMs, silenceMs } = this.#times
    await subscriber.subscribe(keys.liveReports).catch(() => undefined)
    this.#ask()
    await sleep(firstMs)
    await this.#readSources()
    this.#toldId = await log.latestId().catch(() => undefined)
    this.#timers = [repeat(everyMs, () => this.#tick()), repeat(silenceMs, () => this.#endSilent())]
  }

  #leave(watcher: (message: LiveMessage) => void): void {
    if (!this.#watchers.delete(watcher)) return
    this.#pages -= 1
    if (this.#pages > 0) return
    for (const stop of this.#timers) stop()
    clearTimeout(this.#soonTimer)
    this.#timers = []
    this.#soonTimer = undefined
    this.#board = new LiveBoard()
    this.#options.subscriber.unsubscribe(this.#options.keys.liveReports).catch(() => undefined)
  }

  async #tick(): Promise<void> {
    this.#ask()
    await this.#readSources()
    await this.#tell().catch(() => undefined)
  }

  async #tell(): Promise<void> {
    const { log } = this.#options
    if (this.#toldId === undefined) this.#toldId = await log.latestId()
    const events = await log.after(this.#toldId)
    this.#toldId = events.at(-1)?.id ?? this.#toldId
    if (events.length > 0) this.#send({ type: 'told', events })
  }

  #ask(): void {
    this.#options.redis.publish(this.#options.keys.liveWanted, '').catch(() => undefined)
  }

  #hear(text: string): void {
    const { success, data } = nodeReport.safeParse(parseJson(text))
    if (success && this.#board.hear(data, this.#options.nowMs())) this.#compareSoon()
  }

  /** Those that died cannot report it. */
  async #endSilent(): Promise<void> {
    const { isEnded, nowMs } = this.#options
    const board = this.#board
    for (const incarnation of board.silent(nowMs())) {
      if (!(await isEnded(incarnation).catch(() => false))) continue
      board.end(incarnation)
      this.#compareSoon()
    }
  }

  /** While Redis is away the sources stay as they were. */
  async #readSources(): Promise<void> {
    const sources = await this.#options.sources().catch(() => undefined)
    this.#isAway = sources === undefined
    this.#compare(sources ?? this.#state.sources)
  }

  #compareSoon(): void {
    if (this.#timers.length === 0) return
    this.#soonTimer ??= setTimeout(() => {
      this.#soonTimer = undefined
      this.#compare(this.#state.sources)
    }, this.#times.soonMs)
  }

  #compare(sources: LiveState['sources']): void {
    const { notices, about, nowMs } = this.#options
    const before = this.#state
    this.#state = {
      at: nowMs(),
      nodes: this.#board.nodes(nowMs(), about),
      channels: this.#board.channels(nowMs(), about),
      sources,
      notices: {
        ...Object.fromEntries(notices().map((text, index) => [index, { text }])),
        ...(this.#isAway && { [REDIS_AWAY]: { text: errorAnswer('coordination-unavailable').message } }),
      },
    }
    const change = changeBetween(before, this.#state)
    if (change !== undefined) this.#send(this.#history.add(change))
  }

  #send(message: LiveMessage): void {
    for (const watcher of this.#watchers) watcher(message)
  }
}

/** Does it again and again, one after the other. @returns ends it */
function repeat(everyMs: number, work: () => Promise<void>): () => void {
  let isRunning = false
  const timer = setInterval(() => {
    if (isRunning) return
    isRunning = true
    void work().finally(() => {
      isRunning = false
    })
  }, everyMs)
  return () => clearInterval(timer)
}
