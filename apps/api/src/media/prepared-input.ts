import { PACKET_BYTES, Splicer, type StreamWatch, TICKS_PER_MS, ticksBetween } from '@kptv/mpegts'
import type { ChannelOutput } from './channel-output.ts'
import type { MediaInput } from './media-input.ts'

/** Most media kept; the leader does not wait longer anyway. */
const MAX_KEPT_BYTES = 16 * 1024 * 1024
/**
 * From here on it is read at the pace of the stream, so that there is room until any join point
 * will do, and until this node leads.
 */
const MAX_HASTY_BYTES = MAX_KEPT_BYTES / 2
/**
 * After this the stream is assumed to have another clock than the relayed media: then any join
 * point will do.
 */
const MEETING_MS = 1_500
/**
 * The same if it begins ahead of the viewers (segments of HLS do): the leader plays on until they
 * are there, but it waits for 5 s in all.
 */
const MAX_MEETING_MS = 3_500

type PreparedStream = { readonly streamId: string; readonly program?: number | undefined }

/** Time of the first frame, in the provider's clock, and when it arrived. */
type First = { readonly ticks: number; readonly atMs: number }

/**
 * A second connection of a channel in play: its media is kept until the output continues with it.
 */
export class PreparedInput implements MediaInput {
  readonly #streamId: string
  readonly #program: number | undefined
  readonly #monotonicMs: () => number
  readonly #watch: StreamWatch | undefined
  /** Processes the media as an output would, to find where it begins. */
  readonly #probe = new Splicer({ sink: () => undefined })
  #kept: Buffer[] = []
  #keptBytes = 0
  #joined: ChannelOutput | undefined
  #first: First | undefined
  /** The kept media has another clock, which does not show how far viewers have had the stream. */
  #isBroken = false
  /** The kept media has not reached that place yet. */
  #isBehind = true

  /** @param watch receives the facts of the media for a health check */
  constructor({ streamId, program }: PreparedStream, monotonicMs: () => number, watch?: StreamWatch) {
    this.#streamId = streamId
    this.#program = program
    this.#monotonicMs = monotonicMs
    this.#watch = watch
    this.#probe.startInput({ program })
  }

  push(packets: Buffer, isEnd?: boolean): void {
    this.#watch?.push(packets)
    if (this.#joined !== undefined) return this.#joined.push(packets, isEnd)
    if (this.#keptBytes <= MAX_KEPT_BYTES) this.#kept.push(Buffer.from(packets))
    this.#keptBytes += packets.length
    if (this.#first === undefined) this.#pushUntilFirst(packets)
    else this.#probe.push(packets)
  }

  breakInput(): void {
    this.#watch?.startInput()
    if (this.#joined !== undefined) return this.#joined.breakInput()
    // The kept media ends here and is useless from now on.
    this.#kept = []
    this.#keptBytes = 0
    this.#first = undefined
    this.#isBroken = true
    this.#probe.startInput({ program: this.#program })
  }

  /**
   * The output can continue with it now: there is a join point and, if it is the same stream, the
   * place up to which viewers have had it, so that nothing is missing or repeated.
   */
  isReady(output: ChannelOutput): boolean {
    const first = this.#first
    if (first === undefined || this.#probe.signature !== output.signature) return false
    const played = this.#isBroken ? undefined : output.playedTicks(this.#streamId)
    const latest = this.#probe.ticks
    const isMet = played !== undefined && latest !== undefined && isBetween(played, first.ticks, latest)
    const isLate = this.#monotonicMs() - first.atMs > MEETING_MS && !this.#isComing(first, played)
    this.#isBehind = !isMet && !isLate && played !== undefined && latest !== undefined && isBefore(latest, played)
    return isMet || played === undefined || isLate
  }

  /** Viewers will soon be where the kept media begins. */
  #isComing(first: First, played: number | undefined): boolean {
    const aheadMs = played === undefined ? 0 : ticksBetween(played, first.ticks) / TICKS_PER_MS
    return aheadMs > 0 && this.#monotonicMs() - first.atMs + aheadMs <= MAX_MEETING_MS
  }

  /** From now on this is the output's input, which first gets all kept media. */
  joinTo(output: ChannelOutput): void {
    const origin = this.#isBroken ? undefined : { streamId: this.#streamId, offsetTicks: 0 }
    output.startInput(origin, { program: this.#program })
    this.#joined = output
    const kept = this.#kept
    this.#kept = []
    for (const packets of kept) output.push(packets)
  }

  /** Keeps no more media, so it cannot be joined any more: the caller gives up. */
  get isOverfull(): boolean {
    return this.#keptBytes > MAX_KEPT_BYTES
  }

  get isRepeating(): boolean {
    if (this.#joined !== undefined) return this.#joined.isRepeating
    return this.#isBehind && this.#keptBytes < MAX_HASTY_BYTES
  }

  get refusal(): string | undefined {
    return (this.#joined ?? this.#probe).refusal
  }

  get position(): number {
    return (this.#joined ?? this.#probe).position
  }

  /** No viewer could start before it is joined. */
  get joinPoints(): number {
    return this.#joined?.joinPoints ?? 0
  }

  /** Packet by packet, to see where it begins. */
  #pushUntilFirst(packets: Buffer): void {
    for (let at = 0; at < packets.length; at += PACKET_BYTES) {
      this.#probe.push(packets.subarray(at, at + PACKET_BYTES))
      const { position, ticks } = this.#probe
      if (position === 0 || ticks === undefined) continue
      this.#first = { ticks, atMs: this.#monotonicMs() }
      return this.#probe.push(packets.subarray(at + PACKET_BYTES))
    }
  }
}

function isBefore(ticks: number, other: number): boolean {
  return ticksBetween(ticks, other) >= 0
}

function isBetween(ticks: number, from: number, to: number): boolean {
  return ticksBetween(from, ticks) >= 0 && ticksBetween(ticks, to) >= 0
}
