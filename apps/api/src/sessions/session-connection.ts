import type { Standing } from '@kptv/coordination'
import { type ChannelEvent, createClipMemory, type Failure } from '@kptv/failover'
import { StreamWatch } from '@kptv/mpegts'
import type { ConnectionEnd, SlotAnswer } from '../cluster/session-slots.ts'
import type { StreamStep } from '../events/edge-events.ts'
import type { ChannelOutput } from '../media/channel-output.ts'
import type { MediaInput } from '../media/media-input.ts'
import { PreparedInput } from '../media/prepared-input.ts'
import type { PlayableStream } from '../providers/playable-streams.ts'
import { type PullOptions, StreamPull } from '../providers/stream-pull.ts'
import type { SessionOptions } from './session-options.ts'

type ConnectionOptions = Pick<SessionOptions, 'channelId' | 'cluster' | 'events' | 'settings' | 'clock'> & {
  readonly output: ChannelOutput
  readonly send: (event: ChannelEvent) => void
  /** Enough media came for the stream to count as started. */
  readonly onHealthy: () => void
}

const NO_JOIN_POINT: Failure = { kind: 'unplayable', code: 'no-join-point' }
/**
 * A stream that gives players no place to start within this time is of no use, however much of it
 * arrives.
 */
const JOIN_POINT_MS = 20_000

const KEPT_TOO_MUCH: Failure = { kind: 'withdrawn', code: 'kept-too-much' }

/** A session's connection to a provider and its slot: at most one of each at a time. */
export class SessionConnection {
  readonly #options: ConnectionOptions
  readonly #clips = createClipMemory()
  #reserving: Promise<void> = Promise.resolve()
  #slotId: string | undefined
  #pull: StreamPull | undefined
  /** The pull's media does not go to the output yet. */
  #prepared: PreparedInput | undefined
  /** Of the present connection, since its provider may still count it; none before it is opened. */
  #end: ConnectionEnd | undefined
  #cancelProof: (() => void) | undefined
  /** Of the output, before the present attempt. */
  #joinPointsBefore = 0
  /** Runs while media arrives without one. */
  #cancelJoinWatch: (() => void) | undefined

  constructor(options: ConnectionOptions) {
    this.#options = options
  }

  get slotId(): string | undefined {
    return this.#slotId
  }

  /** Open, or being opened or closed. */
  get isThere(): boolean {
    return this.#pull !== undefined
  }

  /** @param taking never rejects */
  reserve(attempt: number, stream: PlayableStream, taking: Promise<SlotAnswer>): void {
    const { cluster, send } = this.#options
    this.#reserving = taking.then(async (answer) => {
      if (!('slotId' in answer)) return send({ type: 'slot-refused', attempt, because: answer.skip })
      const { slotId } = answer
      // Lost on its way to us, before a connection could be closed for it. Redis has just answered,
      // so another slot may be granted at once.
      if (cluster.standing(slotId) !== 'held') {
        await cluster.releaseSlot(slotId, undefined).catch(() => undefined)
        return send({ type: 'slot-refused', attempt, because: 'full' })
      }
      this.#slotId = slotId
      this.#report('slot-taken', stream)
      send({ type: 'slot-granted', attempt })
    })
  }

  /** @param isLastResort nothing else can be tried, so the first byte may come late */
  open(attempt: number, stream: PlayableStream, isLastResort: boolean): void {
    const { output } = this.#options
    const { streamId, program } = stream
    const watch = new StreamWatch(program)
    output.startInput({ streamId, offsetTicks: 0 }, { watch, program })
    this.#connect(attempt, stream, { output, watch, isLastResort })
  }

  /** Keeps the media while the output still has another input. */
  prepare(attempt: number, stream: PlayableStream): void {
    const watch = new StreamWatch(stream.program)
    this.#prepared = new PreparedInput(stream, this.#options.clock.monotonicMs, watch)
    this.#connect(attempt, stream, { output: this.#prepared, watch, isLastResort: false })
  }

  /** The output continues with the prepared media. */
  takeOver(): void {
    const prepared = this.#prepared
    this.#prepared = undefined
    prepared?.joinTo(this.#options.output)
  }

  /**
   * The slot is given back only after the provider's socket is closed: never two connections for
   * one slot.
   */
  async close(attempt: number): Promise<void> {
    const { cluster, send } = this.#options
    this.#cancelProof?.()
    this.#cancelJoinWatch?.()
    this.#cancelJoinWatch = undefined
    this.#prepared = undefined
    if (this.#slotId !== undefined) cluster.markSlot(this.#slotId, 'closing')
    const pulling = this.#pull?.close()
    await this.#reserving
    await pulling
    this.#pull = undefined
    const [slotId, end] = [this.#slotId, this.#end]
    this.#slotId = undefined
    this.#end = undefined
    // A slot that cannot be given back now expires: the heartbeat no longer renews it.
    if (slotId !== undefined) await cluster.releaseSlot(slotId, end).catch(() => undefined)
    send({ type: 'closed', attempt })
  }

  /** We lost the slot, perhaps to a session of higher priority. */
  loseSlot(attempt: number, isOutranked = false): void {
    const failure = { kind: 'withdrawn', code: isOutranked ? 'outranked' : 'slot-lost' } as const
    this.#end &&= { ...this.#end, failure }
    if (isOutranked) this.#options.send({ type: 'outranked', attempt })
    else this.#options.send({ type: 'failed', attempt, failure, playedMs: 0 })
  }

  /** How surely the slot is ours, by our own clock. */
  get standing(): Standing {
    return this.#slotId === undefined ? 'held' : this.#options.cluster.standing(this.#slotId)
  }

  get #hasLostSlot(): boolean {
    return this.standing === 'lost'
  }

  #connect(attempt: number, stream: PlayableStream, how: Pick<PullOptions, 'output' | 'watch' | 'isLastResort'>): void {
    const { cluster, settings, clock } = this.#options
    this.#report('stream-connecting', stream)
    let isFirst = true
    this.#end = { failure: undefined, wasHealthy: false }
    this.#joinPointsBefore = how.output.joinPoints
    this.#pull = new StreamPull({
      // The process may have been frozen since, at a redirect or while a name was resolved.
      connect: async (signal, asked) => {
        const opened = await stream.connect(signal, { ...asked, mayConnect: () => this.standing === 'held' })
        this.#report('stream-connected', stream)
        return opened
      },
      ...how,
      minDataBytes: settings.minDataBytes,
      timing: settings.timing,
      isRepeated: (fingerprint) => this.#clips.isRepeated(stream.streamId, fingerprint, clock.monotonicMs()),
      clock,
      events: {
        passed: () => {
          if (isFirst) this.#report('media-arrived', stream)
          isFirst = false
          if (this.#prepared !== undefined) this.#keep(attempt, this.#prepared)
          else this.#awaitJoinPoint(how.output, () => this.#fail(attempt, stream, NO_JOIN_POINT, 0))
        },
        healthy: () => this.#healthy(attempt, stream),
        failed: (seen, playedMs) => {
          // Not the stream's fault.
          if (this.#hasLostSlot) return this.loseSlot(attempt)
          const failure = this.#slotId === undefined ? seen : cluster.explain(this.#slotId, seen)
          this.#fail(attempt, stream, failure, playedMs)
        },
      },
    })
  }

  #awaitJoinPoint({ joinPoints }: MediaInput, giveUp: () => void): void {
    if (joinPoints > this.#joinPointsBefore) this.#cancelJoinWatch?.()
    else this.#cancelJoinWatch ??= this.#options.clock.after(JOIN_POINT_MS, giveUp)
  }

  #report(type: StreamStep, { sourceId, streamId }: PlayableStream): void {
    this.#options.events.emit({ type, channelId: this.#options.channelId, sourceId, streamId })
  }

  #fail(attempt: number, stream: PlayableStream, failure: Failure, playedMs: number): void {
    const { channelId, events, send } = this.#options
    this.#end &&= { ...this.#end, failure }
    const { sourceId, streamId } = stream
    events.emit({ type: 'stream-failed', channelId, sourceId, streamId, code: failure.code })
    send({ type: 'failed', attempt, failure, playedMs })
  }

  #keep(attempt: number, prepared: PreparedInput): void {
    const { output, send } = this.#options
    if (this.#hasLostSlot) this.loseSlot(attempt)
    // Even if it was ready: the media from now on would be missing when this node is elected.
    else if (prepared.isOverfull) send({ type: 'failed', attempt, failure: KEPT_TOO_MUCH, playedMs: 0 })
    else if (prepared.isReady(output)) send({ type: 'ready', attempt })
  }

  #healthy(attempt: number, stream: PlayableStream): void {
    const { cluster, settings, send, onHealthy, clock } = this.#options
    this.#report('stream-playing', stream)
    this.#end &&= { ...this.#end, wasHealthy: true }
    if (this.#slotId !== undefined) {
      cluster.markSlot(this.#slotId, 'active')
      cluster.noteHealthy(this.#slotId)
    }
    send({ type: 'media-healthy', attempt })
    onHealthy()
    this.#cancelProof = clock.after(settings.limits.stableMs, () => send({ type: 'proved', attempt }))
  }
}
