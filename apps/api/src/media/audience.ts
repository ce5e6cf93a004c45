import { type Clock, every, inStep } from '@kptv/clock'
import type { SplicerState } from '@kptv/mpegts'
import { MediaRing } from './media-ring.ts'
import type { SlabPool } from './slab-pool.ts'
import { Viewer, type ViewerClient, type ViewerSink } from './viewer.ts'

/**
 * The answer to a viewer's request: a position in the ring to start from, or why there is nothing
 * to send.
 */
export type Admission<Reason> =
  | { readonly admitted: true; readonly position: number }
  | { readonly admitted: false; readonly reason: Reason }

type AudienceOptions<Reason> = {
  readonly ringBytes: number
  /** The pool of the node; without it the ring has its own. */
  readonly pool?: SlabPool | undefined
  readonly clock: Clock
  /** The answer for a new request; `undefined` while it is not known. */
  readonly admission: () => Admission<Reason> | undefined
  /** For a viewer that left before there was an answer. */
  readonly reasonLeft: Reason
  /**
   * For a request that has waited {@link START_WAIT_MS}, or twice as long while media is about to
   * start.
   */
  readonly reasonLate: Reason
  /** Media arrives, so a join point may come at any moment. */
  readonly isMediaNear: () => boolean
  /** The first viewer came, or the last left. */
  readonly onChange: () => void
  readonly onLeft: (viewer: Viewer) => void
}

const TICK_MS = 500

/** Viewers get the media of this time in one write: each write costs as much as 20 KB of media. */
const PUMP_MS = 50
/**
 * Media that comes a little sooner goes at once: to be woken up once more would cost as much as the
 * write.
 */
const EARLY_MS = 10

/** How long a request waits for the first media before it gets a 503. */
const START_WAIT_MS = 20_000

/**
 * All viewers of a session, including those that wait for their first byte, and the ring that they
 * read.
 */
export class Audience<Reason> {
  readonly ring: MediaRing
  readonly viewers: ReadonlySet<Viewer>
  readonly #options: AudienceOptions<Reason>
  readonly #viewers = new Set<Viewer>()
  readonly #waiting = new Map<(admission: Admission<Reason>) => void, () => number>()
  readonly #stopKeepingAlive: () => void
  #mediaAt: number
  #pumpedAt = Number.NEGATIVE_INFINITY
  #cancelPump: (() => void) | undefined

  constructor(options: AudienceOptions<Reason>) {
    this.ring = new MediaRing({
      capacityBytes: options.ringBytes,
      monotonicMs: options.clock.monotonicMs,
      pool: options.pool,
    })
    this.viewers = this.#viewers
    this.#options = options
    this.#mediaAt = options.clock.monotonicMs()
    this.#stopKeepingAlive = inStep(options.clock, TICK_MS, () => this.#keepAlive())
  }

  /** No viewer watches or waits. */
  get isEmpty(): boolean {
    return this.#viewers.size === 0 && this.#waiting.size === 0
  }

  /** The highest of those that watch or wait; 0 without any. */
  get priority(): number {
    let highest = 0
    for (const { client } of this.#viewers) highest = Math.max(highest, client?.priority ?? 0)
    for (const priority of this.#waiting.values()) highest = Math.max(highest, priority())
    return highest
  }

  /**
   * Waits until there is media to send. The caller adds its viewer in the same turn of the event
   * loop.
   *
   * @param priority of the one that waits
   */
  admit(signal: AbortSignal, priority: () => number = () => 0): Promise<Admission<Reason>> {
    const { clock, reasonLeft, reasonLate, isMediaNear } = this.#options
    const gone = { admitted: false, reason: reasonLeft } as const
    const ready = signal.aborted ? gone : this.#options.admission()
    if (ready !== undefined) return Promise.resolve(ready)
    return new Promise((resolve) => {
      const answer = (admission: Admission<Reason>): void => {
        stopWaiting()
        signal.removeEventListener('abort', leave)
        this.#waiting.delete(answer)
        resolve(admission)
        this.#options.onChange()
      }
      const leave = (): void => answer(gone)
      let hasWaitedOn = false
      const stopWaiting = every(clock, START_WAIT_MS, () => {
        if (hasWaitedOn || !isMediaNear()) answer({ admitted: false, reason: reasonLate })
        hasWaitedOn = true
      })
      signal.addEventListener('abort', leave)
      this.#waiting.set(answer, priority)
      this.#options.onChange()
    })
  }

  add(sink: ViewerSink, position: number, client?: ViewerClient): Viewer {
    const { monotonicMs } = this.#options.clock
    const viewer = new Viewer({ ring: this.ring, sink, monotonicMs, position, client })
    this.#viewers.add(viewer)
    this.#options.onChange()
    viewer.pump()
    return viewer
  }

  remove(viewer: Viewer): void {
    if (!this.#viewers.delete(viewer)) return
    this.#options.onLeft(viewer)
    this.#options.onChange()
  }

  /** Media for the viewers, who get it when it is committed. */
  write(packets: Buffer, isJoinPoint: boolean): void {
    this.ring.write(packets, isJoinPoint)
  }

  /**
   * @param state place of the output
   */
  commit(state: SplicerState): void {
    this.#mediaAt = this.#options.clock.monotonicMs()
    this.ring.commit(state)
    this.#serve()
  }

  /** Answers the waiting requests, if the answer is known now. */
  answerWaiting(): void {
    const admission = this.#options.admission()
    if (admission !== undefined) for (const answer of this.#waiting.keys()) answer(admission)
  }

  /** Answers the waiting requests, and ends all responses normally. */
  end(): void {
    this.#stopKeepingAlive()
    this.answerWaiting()
    this.#pumpAll()
    for (const viewer of this.#viewers) viewer.end()
    this.ring.clear()
  }

  #serve(): void {
    this.answerWaiting()
    const dueInMs = this.#pumpedAt + PUMP_MS - this.#options.clock.monotonicMs()
    if (dueInMs <= EARLY_MS) this.#pumpAll()
    else this.#cancelPump ??= this.#options.clock.after(dueInMs, () => this.#pumpAll())
  }

  #pumpAll(): void {
    this.#cancelPump?.()
    this.#cancelPump = undefined
    this.#pumpedAt = this.#options.clock.monotonicMs()
    for (const viewer of this.#viewers) viewer.pump()
  }

  #keepAlive(): void {
    const isSilent = this.#options.clock.monotonicMs() - this.#mediaAt >= TICK_MS
    for (const viewer of this.#viewers) {
      if (viewer.isStuck()) viewer.destroy()
      else if (isSilent) viewer.keepAlive()
    }
  }
}
