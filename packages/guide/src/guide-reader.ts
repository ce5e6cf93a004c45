import { Buffer } from 'node:buffer'
import { channelIdOf } from './channel-id-of.ts'
import { ElementScanner, type ScannedElement } from './element-scanner.ts'
import { ElementParser } from './element-tree.ts'
import type { GuideChannel, ReadProgramme, SkipReason } from './model.ts'
import { readChannel } from './read-channel.ts'
import { type ProgrammeOptions, readProgramme } from './read-programme.ts'
import { type DocumentEncoding, encodingOf } from './text-of-bytes.ts'

type GuideReaderOptions = {
  /** Called with each channel of the guide, also with those that come after their programmes. */
  readonly onChannel: (channel: GuideChannel) => void
  /**
   * Whether a programme of this channel id is wanted, and how its times are read; `undefined`
   * leaves it out unread. Called once per programme, so it must be quick.
   */
  readonly wanted: (channelId: string) => ProgrammeOptions | undefined
  readonly onProgramme: (channelId: string, programme: ReadProgramme) => void
}

/** What a guide held, for its guard and for operators. */
export type GuideFacts = {
  readonly channels: number
  /** All of them, wanted or not. */
  readonly programmes: number
  /** Of the wanted programmes; `undefined` if there was none. */
  readonly firstStartMs: number | undefined
  readonly lastStartMs: number | undefined
  /** Nothing closes the root: the document ends too early. */
  readonly isCutOff: boolean
  readonly skipped: Partial<Record<SkipReason, number>>
}

/** Enough to see the byte order mark and the declaration of the encoding. */
const HEAD_BYTES = 256
/** The end tag of the root is within the last bytes, apart from white space and comments. */
const TAIL_BYTES = 1024

/**
 * Reads an XMLTV document piece by piece, at constant memory. Never throws: bad elements are
 * skipped and counted.
 */
export class GuideReader {
  readonly #options: GuideReaderOptions
  readonly #scanner = new ElementScanner((reason) => this.#skip(reason))
  readonly #parser = new ElementParser()
  readonly #skipped: Partial<Record<SkipReason, number>> = {}
  #head: Buffer | undefined = Buffer.alloc(0)
  #encoding: DocumentEncoding | undefined
  #channels = 0
  #programmes = 0
  #firstStartMs: number | undefined
  #lastStartMs: number | undefined
  #tail: Buffer = Buffer.alloc(0)

  constructor(options: GuideReaderOptions) {
    this.#options = options
  }

  push(chunk: Buffer): void {
    const bytes = this.#head === undefined ? chunk : Buffer.concat([this.#head, chunk])
    if (this.#encoding === undefined && bytes.length < HEAD_BYTES) {
      this.#head = bytes
      return
    }
    this.#read(bytes)
  }

  /** The document is over. */
  end(): GuideFacts {
    if (this.#head !== undefined) this.#read(this.#head)
    this.#scanner.end()
    return {
      channels: this.#channels,
      programmes: this.#programmes,
      firstStartMs: this.#firstStartMs,
      lastStartMs: this.#lastStartMs,
      isCutOff: !this.#tail.includes('</tv'),
      skipped: { ...this.#skipped },
    }
  }

  #read(bytes: Buffer): void {
    this.#head = undefined
    this.#encoding ??= encodingOf(bytes)
    const { decode, toBytes } = this.#encoding
    const text = toBytes(bytes)
    this.#tail = Buffer.from(Buffer.concat([this.#tail, text.subarray(-TAIL_BYTES)]).subarray(-TAIL_BYTES))
    for (const element of this.#scanner.push(text)) {
      if (element.kind === 'channel') this.#takeChannel(element, decode)
      else this.#takeProgramme(element, decode)
    }
  }

  #takeChannel({ bytes }: ScannedElement, decode: DocumentEncoding['decode']): void {
    this.#channels += 1
    const channel = readChannel(this.#parser.parse(decode(bytes)))
    if (typeof channel === 'string') this.#skip(channel)
    else this.#options.onChannel(channel)
  }

  #takeProgramme({ bytes, tag }: ScannedElement, decode: DocumentEncoding['decode']): void {
    this.#programmes += 1
    const channelId = channelIdOf(tag, decode)
    if (channelId === undefined) return this.#skip('programme-without-channel')
    const options = this.#options.wanted(channelId)
    if (options === undefined) return
    const programme = readProgramme(this.#parser.parse(decode(bytes)), options)
    if (typeof programme === 'string') return this.#skip(programme)
    this.#firstStartMs = Math.min(this.#firstStartMs ?? programme.startMs, programme.startMs)
    this.#lastStartMs = Math.max(this.#lastStartMs ?? programme.startMs, programme.startMs)
    this.#options.onProgramme(channelId, programme)
  }

  #skip(reason: SkipReason): void {
    this.#skipped[reason] = (this.#skipped[reason] ?? 0) + 1
  }
}
