import { type ClusterEvent, type LiveChange, type LiveSource, type LiveState, nodeReport } from '@kptv/contract'
import type { EventLog } from '@kptv/events'
import type { Redis, RedisKeys } from '@kptv/redis'
import { parseJson } from '../../cluster/parse-json.ts'
import type { ChannelName } from './channel-names.ts'
import { LiveBoard } from './live-board.ts'
import { changeBetween } from './live-changes.ts'

export type LiveMessage =
  | { readonly type: 'all'; readonly id: number; readonly state: LiveState }
  | { readonly type: 'change'; readonly id: number; readonly change: LiveChange }
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
  readonly nowMs: () => number
}

const EVERY_MS = 1_000
/** The first reports of all nodes come within this time. */
const FIRST_MS = 300
/** A page that was away for less gets what it missed. */
const MAX_KEPT = 60

/** The cluster as this edge knows it. Without an open page it requests no reports. */
export class LiveFeed {
  readonly #options: LiveFeedOptions
  readonly #watchers = new Set<(message: LiveMessage) => void>()
  readonly #changes: Array<Extract<LiveMessage, { readonly type: 'change' }>> = []
  #board = new LiveBoard()
  #state: LiveState = { nodes: {}, channels: {}, sources: {}, notices: {} }
  #id = 0
  #timer: NodeJS.Timeout | undefined
  /** Of the last event that was told; `undefined` until it is known. */
  #toldId: string | undefined

  constructor(options: LiveFeedOptions) {
    this.#options = options
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
    const isFirst = this.#watchers.size === 0
    this.#watchers.add(watcher)
    if (isFirst) await this.#begin()
    const missed = this.#changes.filter(({ id }) => lastId !== undefined && id > lastId)
    const isKnown = lastId !== undefined && (lastId === this.#id || missed[0]?.id === lastId + 1)
    if (isKnown) missed.forEach(watcher)
    else watcher({ type: 'all', id: this.#id, state: this.#state })
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
    const { subscriber, keys } = this.#options
    await subscriber.subscribe(keys.liveReports).catch(() => undefined)
    this.#ask()
    await new Promise((resolve) => setTimeout(resolve, FIRST_MS))
    await this.#refresh()
    this.#toldId = await this.#options.log.latestId().catch(() => undefined)
    if (this.#watchers.size > 0) this.#timer ??= setInterval(() => void this.#tick(), EVERY_MS)
  }

  #leave(watcher: (message: LiveMessage) => void): void {
    this.#watchers.delete(watcher)
    if (this.#watchers.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
    this.#board = new LiveBoard()
    this.#options.subscriber.unsubscribe(this.#options.keys.liveReports).catch(() => undefined)
  }

  async #tick(): Promise<void> {
    this.#ask()
    await this.#refresh()
    await this.#tell().catch(() => undefined)
  }

  async #tell(): Promise<void> {
    const { log } = this.#options
    if (this.#toldId === undefined) this.#toldId = await log.latestId()
    const events = await log.after(this.#toldId)
    this.#toldId = events.at(-1)?.id ?? this.#toldId
    if (events.length > 0) for (const watcher of this.#watchers) watcher({ type: 'told', events })
  }

  #ask(): void {
    this.#options.redis.publish(this.#options.keys.liveWanted, '').catch(() => undefined)
  }

  #hear(text: string): void {
    const { success, data } = nodeReport.safeParse(parseJson(text))
    if (success) this.#board.hear(data, this.#options.nowMs())
  }

  /** While Redis is away the sources stay as they were. */
  async #refresh(): Promise<void> {
    const { sources: read, notices, about, nowMs } = this.#options
    const sources = await read().catch(() => this.#state.sources)
    const before = this.#state
    this.#state = {
      nodes: this.#board.nodes(nowMs()),
      channels: this.#board.channels(nowMs(), about),
      sources,
      notices: Object.fromEntries(notices().map((text, index) => [index, { text }])),
    }
    const change = changeBetween(before, this.#state)
    if (change === undefined) return
    this.#id += 1
    const message = { type: 'change', id: this.#id, change } as const
    this.#changes.push(message)
    if (this.#changes.length > MAX_KEPT) this.#changes.shift()
    for (const watcher of this.#watchers) watcher(message)
  }
}
