import type { ErrorCode } from '@kptv/contract'
import type { SegmentFormat, SegmentSeries } from '../http/segment-format.ts'
import type { SegmentBytes } from './fragment-log.ts'
import { HlsChannel, type HlsChannelOptions } from './hls-channel.ts'
import { readSegmentList, type SegmentList } from './segment-list.ts'

export type HlsChannelsOptions = Omit<HlsChannelOptions, 'channelId' | 'openSession' | 'onClosed'> & {
  readonly openSession: (channelId: string) => ReturnType<HlsChannelOptions['openSession']>
  /** This node has a session of the channel. */
  readonly isInPlay: (channelId: string) => boolean
}

/** The channels of this node that are watched by HLS, here or on another node. */
export class HlsChannels {
  readonly #options: HlsChannelsOptions
  readonly #channels = new Map<string, HlsChannel>()

  constructor(options: HlsChannelsOptions) {
    this.#options = options
  }

  /** A player that sends no request for this long has left. */
  get playerLeaseMs(): number {
    return this.#options.timing.leaseMs
  }

  /** Fragmented MP4 can be had. */
  get canConvert(): boolean {
    return this.#options.startFfmpeg !== undefined
  }

  /** Of HLS_BUFFER. */
  get heldBytes(): number {
    return this.#options.memory.bytes
  }

  find(channelId: string): HlsChannel | undefined {
    return this.#channels.get(channelId)
  }

  /** For a player that opens the channel; one that has ended restarts. */
  start(channelId: string): HlsChannel {
    const channel = this.open(channelId)
    channel.restart()
    return channel
  }

  /** By an order. @returns false if it is not watched by HLS, as far as this node knows */
  stop(channelId: string): boolean {
    const found = this.#channels.get(channelId)
    if (found === undefined || found.isEnded) return false
    found.stop()
    return true
  }

  /**
   * The list of a channel that has ended, for as long as its players may need it; undefined: it has
   * not ended, or long ago. Begins nothing.
   */
  async ended({ channelId, format }: SegmentSeries): Promise<SegmentList | ErrorCode | undefined> {
    const found = this.#channels.get(channelId)
    if (found?.isEnded === false) return undefined
    const read = (one: SegmentFormat) =>
      found === undefined ? this.#read({ channelId, format: one }) : found.known(one)?.list()
    const list = await read('ts')
    if (list?.endedAtMs === undefined) return undefined
    const { wallMs, timing } = this.#options
    const inFormat =
      wallMs() - list.endedAtMs > timing.leaseMs ? undefined : format === 'ts' ? list : await read(format)
    return inFormat === undefined ? 'channel-ended' : { ...inFormat, endedAtMs: list.endedAtMs }
  }

  /** The channel if it has such a segment; a request for another one begins nothing. */
  async findWithSegment(series: SegmentSeries, number: number): Promise<HlsChannel | undefined> {
    const { channelId, format } = series
    const found = this.#channels.get(channelId)
    if (found?.known(format) !== undefined) return found
    const { segments = [], endedAtMs } = (await this.#read(series)) ?? {}
    const isThere = endedAtMs === undefined && segments.some((segment) => segment.number === number)
    return isThere ? this.open(channelId) : undefined
  }

  /** What players of fragmented MP4 need first; a request for it begins nothing. */
  async init(series: SegmentSeries, name: string): Promise<Buffer | undefined> {
    const known = this.#channels.get(series.channelId)?.known(series.format)?.publisher.list
    const list = known?.inits?.[name] === undefined ? await this.#read(series) : known
    const init = list?.inits?.[name]
    return init === undefined ? undefined : Buffer.from(init, 'base64')
  }

  async #read({ channelId, format }: SegmentSeries): Promise<SegmentList | undefined> {
    const written = await this.#options.lists[format].read(channelId).catch(() => undefined)
    return written && readSegmentList(written.text)
  }

  open(channelId: string): HlsChannel {
    const found = this.#channels.get(channelId)
    if (found !== undefined) return found
    const channel = new HlsChannel({
      ...this.#options,
      channelId,
      openSession: () => this.#options.openSession(channelId),
      onClosed: () => void this.#channels.delete(channelId),
    })
    this.#channels.set(channelId, channel)
    return channel
  }

  /** Some node has players of this channel: each node that plays it keeps its segments. */
  wanted({ channelId, format }: SegmentSeries): void {
    if (this.#channels.has(channelId) || this.#options.isInPlay(channelId)) this.open(channelId).wanted(format)
  }

  /** For other nodes. */
  held({ channelId, format }: SegmentSeries, number: number): SegmentBytes | undefined {
    return this.#channels.get(channelId)?.known(format)?.store.get(number)
  }

  /** For other nodes, which cannot read it in Redis: the list of a channel that this node leads. */
  ledList({ channelId, format }: SegmentSeries): string | undefined {
    const list = this.#channels.get(channelId)?.known(format)?.ledList
    return list && JSON.stringify(list)
  }

  closeAll(): void {
    for (const channel of this.#channels.values()) channel.close()
  }
}
