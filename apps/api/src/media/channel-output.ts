import { randomUUID } from 'node:crypto'
import { type InputOptions, Splicer, type SplicerState, wrapTicks } from '@kptv/mpegts'
import type { MediaOrigin } from '@kptv/relay'
import type { MediaInput } from './media-input.ts'
import { bytesHad, type OutputPlace, readPlace } from './output-place.ts'
import { isSameOrigin, type RelayedMedia } from './relayed-media.ts'

type InputAbout = Pick<InputOptions, 'watch' | 'program'>

/** A provider of this node, another node, or a slate while there is neither. */
type MediaSource = 'connection' | 'relay' | 'slate'

/** Destination of all media of a session, from any input. */
type OutputSink = {
  /**
   * Whole packets, valid during the call only. A join point begins a call: PAT, PMT and a key frame
   * follow.
   */
  write(packets: Buffer, isJoinPoint: boolean): void
  /** Ends a piece: everything written since the last call; the place of the output is after it. */
  commit(state: SplicerState): void
}

export type ChannelOutputOptions = {
  readonly sink: OutputSink
  /**
   * The gate, checked for each piece of a local input: refused media is dropped before anything has
   * counted it, so that the media sent instead continues without a gap.
   */
  readonly mayTake?: (() => boolean) | undefined
  /** Of the channel, for players that show it. */
  readonly name?: string | undefined
  /** Keeps the frame that {@link ChannelOutput.fill} shows. */
  readonly hasSlate?: boolean
  readonly monotonicMs?: (() => number) | undefined
}

/**
 * A piece is committed after this much within one push, which bounds the writes to viewers and
 * followers.
 */
const COMMIT_BYTES = 64 * 1024

/**
 * The one output of a session, for all its inputs. Pieces from another node pass unchanged while
 * they continue the output of this node; all other media goes through a splicer.
 */
export class ChannelOutput implements MediaInput {
  readonly #options: ChannelOutputOptions
  /** Absent while all media has passed unchanged. */
  #splicer: Splicer | undefined
  /** Place of the output, if it is another node's. */
  #passed: OutputPlace | undefined
  /** Where this node's splicer continues the output of another node, while it has sent nothing. */
  #resumedAt: number | undefined
  #name: Omit<OutputPlace, 'splicer'> = { output: randomUUID(), clock: randomUUID(), from: 0 }
  #input: MediaOrigin | undefined
  #passedOrigin: MediaOrigin | undefined
  /** Of what was sent before the present input. */
  #sentOrigin: MediaOrigin | undefined
  /** The last piece of another node's output that was spliced. */
  #relayed: { readonly output: string; readonly position: number } | undefined
  #channelName: string | undefined
  #about: InputAbout = {}
  #joinPoints = 0
  #source: MediaSource = 'connection'
  #uncommittedBytes = 0

  constructor(options: ChannelOutputOptions) {
    this.#options = options
    this.#channelName = options.name
  }

  /** The channel has another name. */
  rename(name: string): void {
    this.#channelName = name
    this.#splicer?.rename(name)
  }

  /**
   * Another connection. Media of the same stream that viewers already had is not played again, even
   * if it came by relay.
   *
   * @param origin its stream, with nothing added; `undefined`: not known
   * @param about holds until the next input: `watch` receives the facts about the media that a
   *   health check needs
   */
  startInput(origin: MediaOrigin | undefined, about: InputAbout = {}): void {
    this.#source = 'connection'
    this.#about = about
    this.#start(origin)
  }

  breakInput(): void {
    this.#start(undefined)
  }

  push(packets: Buffer, isEnd = true): void {
    if (!this.#mayTake()) return
    this.#source = 'connection'
    this.#own.push(packets)
    if (isEnd) this.#commit()
  }

  /**
   * A piece of another node's output.
   *
   * @returns whether any of it was new: this node may be ahead of the sender
   */
  handOn(media: RelayedMedia): boolean {
    this.#source = 'relay'
    this.#about = {}
    const place = readPlace(media.state)
    const had = place && this.#bytesHad(place, media.packets.length)
    if (place === undefined || had === undefined) {
      this.#splice(media, place)
      return !this.isRepeating
    }
    if (had === media.packets.length) return false
    this.#pass(media, place, had)
    return true
  }

  /** The rest of the current input is dropped, and none follows yet. */
  pause(): void {
    this.#own.startInput({ sameStream: true })
  }

  /**
   * The next ticks (of 90 kHz) of a slate, while no input has reached a key frame; without
   * `hasSlate` nothing.
   */
  fill(ticks: number): void {
    if (!this.#mayTake()) return
    this.#source = 'slate'
    this.#own.fill(ticks)
    this.#commit()
  }

  /** Source of the media being written. */
  get source(): MediaSource {
    return this.#source
  }

  /** Place after the last write; other nodes need it to continue. */
  get place(): OutputPlace {
    return { ...this.#name, signature: this.signature, splicer: this.#passed?.splicer ?? this.#own.snapshot() }
  }

  get isRepeating(): boolean {
    return this.#splicer?.isRepeating ?? false
  }

  get refusal(): string | undefined {
    return this.#splicer?.refusal
  }

  get position(): number {
    return this.#splicer?.position ?? this.#passed?.splicer.position ?? 0
  }

  get joinPoints(): number {
    return this.#joinPoints
  }

  /** Codecs of the current input, such as `h264+aac`. */
  get signature(): string | undefined {
    return this.#passed === undefined ? this.#splicer?.signature : this.#passed.signature
  }

  /** Origin of the last media sent; `undefined` while nothing of the current input was sent. */
  get origin(): MediaOrigin | undefined {
    if (this.#passed !== undefined) return this.#passedOrigin
    const offsetTicks = this.#splicer?.offsetTicks
    if (this.#input === undefined || offsetTicks === undefined) return undefined
    return { streamId: this.#input.streamId, offsetTicks: wrapTicks(this.#input.offsetTicks + offsetTicks) }
  }

  /**
   * Up to where the viewers have had this stream, in its own time; `undefined` when another one was
   * sent last.
   */
  playedTicks(streamId: string): number | undefined {
    const { origin } = this
    const ticks = this.#passed === undefined ? this.#splicer?.ticks : this.#passed.splicer.timeline.time
    return ticks === undefined || origin?.streamId !== streamId ? undefined : wrapTicks(ticks - origin.offsetTicks)
  }

  #mayTake(): boolean {
    return this.#options.mayTake?.() ?? true
  }

  /** With a slate, a node needs the key frames for itself. */
  #bytesHad(place: OutputPlace, length: number): number | undefined {
    if (this.#options.hasSlate === true) return undefined
    return this.position === 0 ? 0 : bytesHad(this.#name, this.position, place, length)
  }

  #pass({ packets, joinPoints, origin }: RelayedMedia, place: OutputPlace, had: number): void {
    this.#splicer = undefined
    this.#resumedAt = undefined
    this.#relayed = undefined
    this.#passed = place
    const { output, before, clock, from } = place
    this.#name = { output, before, clock, from }
    this.#passedOrigin = origin
    // As for the leader, whose splicer this node would continue.
    this.#input = origin && { streamId: origin.streamId, offsetTicks: 0 }
    const starts = [had, ...joinPoints.filter((at) => at > had), packets.length]
    for (const [index, at] of starts.slice(0, -1).entries()) {
      this.#write(packets.subarray(at, starts[index + 1]), joinPoints.includes(at))
    }
    this.#commit()
  }

  #splice({ packets, origin, isNew }: RelayedMedia, place: OutputPlace | undefined): void {
    const start = place && place.splicer.position - packets.length
    const isContinued =
      place === undefined
        ? !isNew && isSameOrigin(origin, this.#input)
        : this.#relayed?.output === place.output && this.#relayed.position === start && !this.#isOther(origin)
    if (isContinued) this.#input = origin
    else this.#startRelayed(origin, place)
    this.#relayed = place && { output: place.output, position: place.splicer.position }
    // It is written into, and other readers may hold it too.
    this.#own.push(Buffer.from(packets))
    this.#commit()
  }

  /**
   * While this node waits for the place where it left off, another connection of the leader is
   * another input.
   */
  #isOther(origin: MediaOrigin | undefined): boolean {
    return this.isRepeating && !isSameOrigin(origin, this.#input)
  }

  /**
   * From here on the bytes are made by this node; the clock stays the channel's if both have the
   * same. Frames of one time are the same frame only if they are of the same connection.
   */
  #startRelayed(origin: MediaOrigin | undefined, place: OutputPlace | undefined): void {
    const isFresh = this.position === 0
    const keepsClock = place !== undefined && (isFresh || place.clock === this.#name.clock)
    this.#name = { output: randomUUID(), clock: keepsClock ? place.clock : this.#name.clock, from: this.position }
    if (keepsClock) {
      this.#sentOrigin = this.origin ?? this.#sentOrigin
      this.#own.startInput({ sameStream: origin !== undefined && isSameOrigin(origin, this.#sentOrigin), keepsClock })
      this.#input = origin
    } else {
      this.#start(origin)
    }
    this.#resumedAt = undefined
  }

  #start(origin: MediaOrigin | undefined): void {
    const before = this.#input
    const isSame = before !== undefined && origin !== undefined && before.streamId === origin.streamId
    const shiftTicks = isSame ? before.offsetTicks - origin.offsetTicks : 0
    this.#sentOrigin = this.origin ?? this.#sentOrigin
    this.#own.startInput({ sameStream: isSame, shiftTicks, ...this.#about })
    this.#input = origin
    this.#relayed = undefined
  }

  /** The splicer of this node, which continues at the place of the output. */
  get #own(): Splicer {
    if (this.#splicer !== undefined) return this.#splicer
    const { hasSlate: canFill = false, monotonicMs } = this.#options
    const resume = this.#passed?.splicer
    const name = this.#channelName
    this.#splicer = new Splicer({ sink: (...written) => this.#make(...written), name, canFill, monotonicMs, resume })
    this.#passed = undefined
    this.#resumedAt = resume?.position
    return this.#splicer
  }

  /** Writes bytes of this node's splicer. Another node may make others from the same place. */
  #make(packets: Buffer, isJoinPoint: boolean): void {
    const { output: before, clock } = this.#name
    if (this.#resumedAt !== undefined) this.#name = { output: randomUUID(), before, clock, from: this.#resumedAt }
    this.#resumedAt = undefined
    this.#write(packets, isJoinPoint)
  }

  #write(packets: Buffer, isJoinPoint: boolean): void {
    if (packets.length === 0) return
    if (isJoinPoint) this.#joinPoints += 1
    this.#options.sink.write(packets, isJoinPoint)
    this.#uncommittedBytes += packets.length
    // The place of an unchanged piece is known only at its end.
    if (this.#uncommittedBytes >= COMMIT_BYTES && this.#passed === undefined) this.#commit()
  }

  #commit(): void {
    if (this.#uncommittedBytes === 0) return
    this.#uncommittedBytes = 0
    this.#options.sink.commit(this.#passed?.splicer ?? this.#own.snapshot())
  }
}
