import { Buffer } from 'node:buffer'
import { hasPayload, PACKET_BYTES, payloadOffset, pidOf, startsUnit } from '../packet.ts'
import { createProgramReader } from '../program-reader.ts'
import type { Program } from '../program-tables.ts'
import { readPesHeader } from '../timestamps.ts'
import { adtsFrameBytes, type FrameBytes, mpegFrameBytes } from './frame-bytes.ts'
import { WholeFramesOnly } from './whole-frames-only.ts'

/** As files of it are called: AAC with ADTS headers, or MPEG audio of any layer. */
export type AudioForm = 'aac' | 'mp3'

const FORMS: Readonly<Record<AudioForm, { readonly codec: string; readonly frameBytes: FrameBytes }>> = {
  aac: { codec: 'aac', frameBytes: adtsFrameBytes },
  mp3: { codec: 'mp2', frameBytes: mpegFrameBytes },
}

/** Takes the audio of one form out of a transport stream, as the frames that it consists of. */
export class AudioReader {
  readonly #codec: string
  readonly #frames: WholeFramesOnly
  readonly #tables = createProgramReader()
  #program: Program | undefined
  #pid: number | undefined
  /** A unit has started: bytes before one are the end of another. */
  #hasBegun = false

  constructor(form: AudioForm) {
    this.#codec = FORMS[form].codec
    this.#frames = new WholeFramesOnly(FORMS[form].frameBytes)
  }

  /** Whether the tables name such a track; undefined until they are known. */
  get isThere(): boolean | undefined {
    return this.#program === undefined ? undefined : this.#pid !== undefined
  }

  /** @param packets whole packets, which are left as they are */
  push(packets: Buffer): Buffer {
    const payloads: Buffer[] = []
    for (let at = 0; at + PACKET_BYTES <= packets.length; at += PACKET_BYTES) {
      if (this.#tables.push(packets, at)) this.#follow(this.#tables.program)
      else if (pidOf(packets, at) === this.#pid && hasPayload(packets, at)) payloads.push(this.#payloadOf(packets, at))
    }
    return payloads.length === 0 ? Buffer.alloc(0) : this.#frames.push(Buffer.concat(payloads))
  }

  #follow(program: Program | undefined): void {
    if (program === this.#program) return
    this.#program = program
    const pid = program?.streams.find(({ codec }) => codec === this.#codec)?.pid
    if (pid === this.#pid) return
    this.#pid = pid
    this.#hasBegun = false
    this.#frames.clear()
  }

  #payloadOf(packets: Buffer, at: number): Buffer {
    const end = at + PACKET_BYTES
    const start = payloadOffset(packets, at)
    const header = startsUnit(packets, at) ? readPesHeader(packets, start, end) : undefined
    this.#hasBegun ||= header !== undefined
    return this.#hasBegun ? packets.subarray(Math.min(header?.payloadAt ?? start, end), end) : Buffer.alloc(0)
  }
}
