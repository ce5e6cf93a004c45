import type { SegmentSeries } from '../http/segment-format.ts'
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

  /** A player that sends no request for so long has left. */
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

  /** The channel if it has such a segment; a request for another one begins nothing. */
  async findWithSegment(series: SegmentSeries, number: number): Promise<HlsChannel | undefined> {
    const { channelId, format } = series
    const found = this.#channels.get(channelId)
    if (found?.known(format) !== undefined) return found
    const segments = (await this.#read(series))?.segments ?? []
    return segments.some((segment) => segment.number === number) ? this.open(channelId) : undefined
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
