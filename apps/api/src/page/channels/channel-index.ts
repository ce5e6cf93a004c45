import { setImmediate as nextTurn } from 'node:timers/promises'
import type { CatalogChannel } from '@kptv/catalog'
import type { GroupList, ListedChannel } from '@kptv/contract'
import { channelKey, channelKind } from '@kptv/playlist'
import { type ChannelQuery, createLineFilter, decodeLine, encodeLine } from './channel-line.ts'
import { GroupCounts } from './group-counts.ts'

/** A run of channels in the order of the playlist. */
export type Range = { readonly skip: number; readonly max: number }

export type Found = {
  /** Channels that match, in all. */
  readonly matching: number
  /** Those of the range. */
  readonly channels: readonly ListedChannel[]
}

/** Lines of `encodeLine`, in UTF-8. */
type Block = { readonly lines: Buffer; readonly count: number }

const CHANNELS_PER_BLOCK = 500
/** Searched in one turn of the event loop: about a millisecond. */
const BLOCKS_PER_TURN = 16

/** What lists show of the channels of one generation, packed to be searched without Redis. */
export class ChannelIndex {
  readonly generation: number
  /** In the order of the playlist. */
  readonly groups: GroupList
  readonly channelCount: number
  /** False: the catalogue exceeds the index, which holds only its first channels. */
  readonly isComplete: boolean
  readonly bytes: number
  readonly #blocks: readonly Block[]

  private constructor(generation: number, blocks: readonly Block[], groups: GroupList, isComplete: boolean) {
    this.generation = generation
    this.groups = groups
    this.isComplete = isComplete
    this.channelCount = blocks.reduce((sum, { count }) => sum + count, 0)
    this.bytes = blocks.reduce((sum, { lines }) => sum + lines.length, 0)
    this.#blocks = blocks
  }

  /** Reads the channels page by page, so other work gets its turn in between. */
  static async build(
    generation: number,
    channels: AsyncIterable<CatalogChannel>,
    maxBytes: number,
  ): Promise<ChannelIndex> {
    const blocks: Block[] = []
    const groups = new GroupCounts()
    let bytes = 0
    let lines: string[] = []
    const pack = (): void => {
      const block = { lines: Buffer.from(lines.join('\n')), count: lines.length }
      blocks.push(block)
      bytes += block.lines.length
      lines = []
    }
    for await (const channel of channels) {
      // A whole series cannot be played.
      if (channelKind(channel) === 'series') continue
      if (bytes >= maxBytes) return new ChannelIndex(generation, blocks, groups.list(), false)
      groups.add(channel)
      lines.push(encodeLine(channel))
      if (lines.length === CHANNELS_PER_BLOCK) pack()
    }
    if (lines.length > 0) pack()
    return new ChannelIndex(generation, blocks, groups.list(), true)
  }

  /**
   * The channels of a query, and how many there are.
   *
   * @throws the signal's reason when it aborts
   */
  async find(query: ChannelQuery, range: Range, signal: AbortSignal): Promise<Found> {
    if (isEmpty(query)) return { matching: this.channelCount, channels: this.#slice(range) }
    const fits = createLineFilter(query)
    const text = channelKey(query.text ?? '')
    const channels: ListedChannel[] = []
    let matching = 0
    for (const [index, { lines }] of this.#blocks.entries()) {
      if (index % BLOCKS_PER_TURN === BLOCKS_PER_TURN - 1) await nextTurn()
      signal.throwIfAborted()
      const block = lines.toString()
      if (!block.toLowerCase().includes(text)) continue
      for (const line of block.split('\n')) {
        if (!fits(line)) continue
        if (matching >= range.skip && channels.length < range.max) channels.push(decodeLine(line))
        matching += 1
      }
    }
    return { matching, channels }
  }

  #slice({ skip, max }: Range): readonly ListedChannel[] {
    const first = Math.floor(skip / CHANNELS_PER_BLOCK)
    const last = Math.floor((skip + max - 1) / CHANNELS_PER_BLOCK)
    const lines = this.#blocks.slice(first, last + 1).flatMap((block) => block.lines.toString().split('\n'))
    const from = skip - first * CHANNELS_PER_BLOCK
    return lines.slice(from, from + max).map(decodeLine)
  }
}

export function isEmpty({ text = '', group, sourceId }: ChannelQuery): boolean {
  return text.trim() === '' && group === undefined && sourceId === undefined
}
