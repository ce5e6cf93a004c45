/**
 * The one splicer for every switch: many inputs in, one stream out that never breaks. To a decoder
 * it has no splicing point and no discontinuity (ISO/IEC 13818-1, 2.4.3.5): counters (2.4.3.3),
 * clock (2.4.3.5) and timestamps (2.4.3.7) run on.
 */
import type { Buffer } from 'node:buffer'
import { OutputProgram, type OutputState } from './output-program.ts'
import { OutputWriter } from './output-writer.ts'
import { PacketBacklog } from './packet-backlog.ts'
import { PacketPass } from './packet-pass.ts'
import { PieceWriter, type SpliceSink } from './piece-writer.ts'
import { codecSignature, type Program } from './program-tables.ts'
import { Slate } from './slate.ts'
import { SpliceInput } from './splice-input.ts'
import type { StreamWatch } from './stream-watch.ts'
import { Timeline } from './timeline.ts'
import type { InputRelation, TimelineState } from './timeline-state.ts'

export type SplicerOptions = {
  readonly sink: SpliceSink
  /** Without it, only the values of a clock show whether it restarted. */
  readonly monotonicMs?: (() => number) | undefined
  /** The state of an earlier splicer, to continue exactly there. */
  readonly resume?: SplicerState | undefined
  /** Of the channel, for players that show it; without it that of `resume`, if it has one. */
  readonly name?: string | undefined
  /** Keep what {@link Splicer.fill} needs: a copy of the last key frame. */
  readonly canFill?: boolean
}

/** JSON friendly: everything a later leader needs to continue. */
export type SplicerState = {
  readonly output: OutputState
  readonly timeline: TimelineState
  /** Bytes of the output so far. */
  readonly position: number
}

export type InputOptions = Partial<InputRelation> & {
  /** Receives the facts for a health check; the same one for all inputs of one attempt. */
  readonly watch?: StreamWatch | undefined
  /** Number of the program to play, if the input has it; otherwise the first that can be played. */
  readonly program?: number | undefined
  /** Known to have no video: it is not waited for. */
  readonly isRadio?: boolean
}

export class Splicer {
  readonly #pieces: PieceWriter
  readonly #output: OutputProgram
  readonly #timeline: Timeline
  readonly #slate: Slate | undefined
  readonly #input: SpliceInput
  readonly #pass: PacketPass

  constructor({ sink, monotonicMs, resume, name, canFill = false }: SplicerOptions) {
    this.#pieces = new PieceWriter(sink, resume?.position ?? 0)
    this.#output = new OutputProgram(resume?.output, name)
    this.#timeline = new Timeline(resume?.timeline, monotonicMs)
    const writer = new OutputWriter(this.#pieces, this.#output, this.#timeline)
    this.#slate = canFill ? new Slate(this.#timeline, writer) : undefined
    const parts = {
      output: this.#output,
      timeline: this.#timeline,
      writer,
      slate: this.#slate,
      backlog: new PacketBacklog(),
    }
    this.#input = new SpliceInput(parts)
    this.#pass = new PacketPass(parts, this.#pieces, this.#input)
  }

  /**
   * Another source, a reconnect, a new leader, a gap. The output continues at the next join point
   * of the new input; of the same stream right behind the last byte that was sent, if that comes
   * again.
   */
  startInput(options: InputOptions = {}): void {
    const { sameStream = false, shiftTicks = 0, keepsClock = false, watch, program, isRadio = false } = options
    this.#timeline.startInput({ sameStream, shiftTicks, keepsClock })
    this.#input.start(isRadio)
    this.#pass.startInput(watch, program)
  }

  /** The channel has another name. */
  rename(name: string): void {
    this.#output.rename(name)
  }

  /**
   * Whole packets of the current input, rewritten in place; the buffer is the caller's again
   * afterwards.
   */
  push(packets: Buffer): void {
    this.#pass.push(packets)
  }

  /**
   * While no input has reached a join point: the next `ticks` of the output, as a still of the last
   * key frame with silence beside it. Nothing while an input runs, before there was a key frame,
   * and without `canFill`.
   */
  fill(ticks: number): void {
    if (!this.#input.isRunning) this.#slate?.write(ticks)
  }

  /** The tables of the current input. */
  get program(): Program | undefined {
    return this.#input.program
  }

  /** Its codecs, such as `h264+aac`. */
  get signature(): string | undefined {
    const { program } = this.#input
    return program && codecSignature(program)
  }

  /** Why the current input cannot be played as a continuation of the output. */
  get refusal(): string | undefined {
    return this.#input.refusal
  }

  /**
   * What the output adds to the times of the current input, in ticks of 90 kHz; undefined until
   * something of it was sent.
   */
  get offsetTicks(): number | undefined {
    return this.#timeline.offset
  }

  /**
   * The current input may be before the place up to which its stream was sent: media up to there is
   * dropped.
   */
  get isRepeating(): boolean {
    return this.#timeline.isOverlapping
  }

  /** Bytes of the output so far; behind the view while the sink runs. */
  get position(): number {
    return this.#pieces.position
  }

  /** Decode time of the last unit of the main stream. */
  get ticks(): number | undefined {
    return this.#timeline.outputTime
  }

  snapshot(): SplicerState {
    return { output: this.#output.snapshot(), timeline: this.#timeline.snapshot(), position: this.#pieces.position }
  }
}
