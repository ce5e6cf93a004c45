import { type Clock, every } from '@kptv/clock'
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
  | { readonly type: 'events'; readonly events: readonly ClusterEvent[] }

type LiveFeedOptions = {
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
  readonly clock: Clock
}

const EVERY_MS = 1_000
/** The first reports of all nodes come within this time. */
const FIRST_REPORTS_MS = 300
/** Between two checks for nodes that have ended. */
const SILENCE_MS = 300
/** Reports of one change of the cluster come together. */
const TOGETHER_MS = 50
/** A page that cannot receive events polls: until then the nodes keep reporting. */
const POLL_MS = 10_000

/** The cluster as this edge knows it. Without an open page it requests no reports. */
export class LiveFeed {
  readonly #options: LiveFeedOptions
  readonly #watchers = new Set<(message: LiveMessage) => void>()
  readonly #history = new ChangeHistory()
  /** Also those that have not got anything yet. */
  #pages = 0
  #begun: Promise<void> | undefined
  #board = new LiveBoard()
  #isAway = false
  #state: LiveState = { at: 0, nodes: {}, channels: {}, sources: {}, notices: {} }
  #timers: ReadonlyArray<() => void> = []
  #cancelCompare: (() => void) | undefined
  /** Of the last event that was sent; `undefined` until it is known. */
  #sentId: string | undefined

  constructor(options: LiveFeedOptions) {
    this.#options = options
    options.subscriber.on('message', (name: string, text: string) => {
      if (name === options.keys.liveReports) this.#hear(text)
    })
  }

  /**
   * From now on each change is passed on, after everything, or after all changes since `lastId`.
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
    this.#options.clock.after(POLL_MS, leave)
    return this.#state
  }

  async #begin(): Promise<void> {
    const { subscriber, keys, log, clock } = this.#options
    await subscriber.subscribe(keys.liveReports).catch(() => undefined)
    this.#ask()
    await new Promise<void>((resolve) => clock.after(FIRST_REPORTS_MS, resolve))
    await this.#readSources()
    this.#sentId = await log.latestId().catch(() => undefined)
    this.#timers = [repeat(clock, EVERY_MS, () => this.#tick()), repeat(clock, SILENCE_MS, () => this.#endSilent())]
  }

  #leave(watcher: (message: LiveMessage) => void): void {
    if (!this.#watchers.delete(watcher)) return
    this.#pages -= 1
    if (this.#pages > 0) return
    for (const stop of this.#timers) stop()
    this.#cancelCompare?.()
    this.#timers = []
    this.#cancelCompare = undefined
    this.#board = new LiveBoard()
    this.#options.subscriber.unsubscribe(this.#options.keys.liveReports).catch(() => undefined)
  }

  async #tick(): Promise<void> {
    this.#ask()
    await this.#readSources()
    await this.#sendEvents().catch(() => undefined)
  }

  async #sendEvents(): Promise<void> {
    const { log } = this.#options
    if (this.#sentId === undefined) this.#sentId = await log.latestId()
    const events = await log.after(this.#sentId)
    this.#sentId = events.at(-1)?.id ?? this.#sentId
    if (events.length > 0) this.#send({ type: 'events', events })
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
    this.#cancelCompare ??= this.#options.clock.after(TOGETHER_MS, () => {
      this.#cancelCompare = undefined
      this.#compare(this.#state.sources)
    })
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
function repeat(clock: Clock, everyMs: number, work: () => Promise<void>): () => void {
  let isRunning = false
  return every(clock, everyMs, () => {
    if (isRunning) return
    isRunning = true
    void work().finally(() => {
      isRunning = false
    })
  })
}
