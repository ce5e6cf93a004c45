import type { SegmentBytes } from './fragment-log.ts'
import { HlsChannel, type HlsChannelOptions } from './hls-channel.ts'
import { readSegmentList } from './segment-list.ts'

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

  find(channelId: string): HlsChannel | undefined {
    return this.#channels.get(channelId)
  }

  /** The channel if it has such a segment; a request for another one begins nothing. */
  async findWithSegment(channelId: string, number: number): Promise<HlsChannel | undefined> {
    const found = this.#channels.get(channelId)
    if (found !== undefined) return found
    const list = await this.#options.lists.read(channelId).catch(() => undefined)
    const segments = list === undefined ? [] : (readSegmentList(list.text)?.segments ?? [])
    return segments.some((segment) => segment.number === number) ? this.open(channelId) : undefined
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
  wanted(channelId: string): void {
    const channel = this.#channels.get(channelId)
    if (channel !== undefined) channel.wanted()
    else if (this.#options.isInPlay(channelId)) this.open(channelId)
  }

  /** For other nodes. */
  held(channelId: string, number: number): SegmentBytes | undefined {
    return this.#channels.get(channelId)?.held(number)
  }

  /** For other nodes, which cannot read it in Redis: the list of a channel that this node leads. */
  ledList(channelId: string): string | undefined {
    const list = this.#channels.get(channelId)?.ledList
    return list && JSON.stringify(list)
  }

  closeAll(): void {
    for (const channel of this.#channels.values()) channel.close()
  }
}
