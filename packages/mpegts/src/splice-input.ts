/** The current input: its tables, the tracks they name, and its state. */
import { InputTrack } from './input-track.ts'
import type { OutputProgram, OutputStream } from './output-program.ts'
import type { OutputWriter } from './output-writer.ts'
import type { PacketBacklog } from './packet-backlog.ts'
import { mainStream, type Program } from './program-tables.ts'
import type { Slate } from './slate.ts'
import { nextState, type SpliceEvent, type SpliceState } from './splice-state.ts'
import type { Timeline } from './timeline.ts'

/** The parts of a splicer; each is used by several of its steps. */
export type SplicerParts = {
  readonly output: OutputProgram
  readonly timeline: Timeline
  readonly writer: OutputWriter
  readonly slate: Slate | undefined
  /** Packets that viewers may have had already. */
  readonly backlog: PacketBacklog
}

export class SpliceInput {
  readonly #parts: SplicerParts
  #state: SpliceState = 'unknown'
  #program: Program | undefined
  #refusal: string | undefined
  #tracks: ReadonlyMap<number, InputTrack> = new Map()
  #main: InputTrack | undefined
  /** Known to have no video. */
  isRadio = false
  /**
   * Frames shown before the key frame with which the output continued need others which were never
   * sent.
   */
  leadingUntil: number | undefined

  constructor(parts: SplicerParts) {
    this.#parts = parts
  }

  get isRunning(): boolean {
    return this.#state === 'running'
  }

  get awaitsJoinPoint(): boolean {
    return this.#state === 'seam'
  }

  /** Media that viewers may have had is kept: it may turn out to be new. */
  get isMeeting(): boolean {
    return this.#state === 'seam' && this.#parts.timeline.isOverlapping
  }

  get program(): Program | undefined {
    return this.#program
  }

  /** Why the output cannot continue with this input. */
  get refusal(): string | undefined {
    return this.#refusal
  }

  /** By the PID of the input; a new object when the tables have changed. */
  get tracks(): ReadonlyMap<number, InputTrack> {
    return this.#tracks
  }

  /** The track that sets time and join points. */
  get main(): InputTrack | undefined {
    return this.#main
  }

  start(isRadio: boolean): void {
    this.#program = undefined
    this.isRadio = isRadio
    this.#tracks = new Map()
    this.#main = undefined
    this.#parts.slate?.forgetAudio()
    this.#parts.writer.demandTables()
    this.enter('input')
  }

  /** The tables have changed. While the main stream keeps its PID, the output just runs on. */
  adopt(next: Program | undefined): void {
    const { output, slate, writer } = this.#parts
    this.#program = next
    slate?.forgetAudio()
    const refusal = next && output.refuse(next)
    if (refusal !== undefined) return this.refuse(refusal)
    const previousMain = this.#main
    const mainPid = next && mainStream(next)?.pid
    this.#tracks = this.#tracksFor(next === undefined ? new Map() : output.assign(next), mainPid)
    this.#main = mainPid === undefined ? undefined : this.#tracks.get(mainPid)
    this.enter(this.#main === undefined ? 'unknown' : 'playable')
    if (this.isRunning && this.#main !== undefined && this.#main !== previousMain) {
      this.#changeMain(this.#main, previousMain)
    }
    if (this.isRunning && this.#announce()) writer.demandTables()
  }

  refuse(reason: string): void {
    this.#tracks = new Map()
    this.#main = undefined
    this.enter('refusal')
    this.#refusal = reason
  }

  enter(event: SpliceEvent): void {
    const { timeline, writer, backlog } = this.#parts
    const wasRunning = this.isRunning
    this.#state = nextState(this.#state, event)
    if (this.#state !== 'refused') this.#refusal = undefined
    if (this.isRunning && !wasRunning) {
      this.#announce()
      writer.demandTables()
    }
    if (this.isRunning || (!wasRunning && event !== 'input')) return
    timeline.interrupt()
    this.leadingUntil = undefined
    backlog.clear()
    for (const track of this.#tracks.values()) track.close()
  }

  #tracksFor(assigned: ReadonlyMap<number, OutputStream>, mainPid: number | undefined): Map<number, InputTrack> {
    const tracks = new Map<number, InputTrack>()
    for (const [pid, stream] of assigned) {
      const known = this.#tracks.get(pid)
      const track = known?.stream === stream ? known : new InputTrack(pid, stream)
      track.isMain = pid === mainPid
      track.hasClock = track.isMain && pid === this.#program?.pcrPid
      tracks.set(pid, track)
    }
    return tracks
  }

  /**
   * A radio gains video, or a channel loses it: the rest continues. Video on another PID starts
   * afresh.
   */
  #changeMain(main: InputTrack, previous: InputTrack | undefined): void {
    if (main.stream.kind === previous?.stream.kind) return this.enter('broken')
    main.awaitsKeyFrame = main.stream.kind === 'video'
    main.awaitsRest = false
    if (previous !== undefined) previous.isContinuing = true
    this.leadingUntil = undefined
    this.#parts.timeline.changeMain(main.stream.kind, main.stream.time)
  }

  /** True if that changes the tables of the output. */
  #announce(): boolean {
    const assigned = new Map([...this.#tracks].map(([pid, track]) => [pid, track.stream]))
    return this.#program !== undefined && this.#parts.output.announce(this.#program, assigned)
  }
}
