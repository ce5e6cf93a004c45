import { setImmediate as nextTurn } from 'node:timers/promises'
import type { CatalogChannel } from '@kptv/catalog'
import { attributeValue } from '@kptv/playlist'

export type ChannelLine = { readonly id: string; readonly name: string; readonly group: string }

/**
 * A block of channels as lines `id <tab> name <tab> group`, in UTF-8: about 60 bytes per channel.
 */
type Block = { readonly lines: Buffer; readonly count: number }

const CHANNELS_PER_BLOCK = 500
/** Searched in one turn of the event loop: about a millisecond. */
const BLOCKS_PER_TURN = 16

/** Names and groups of the channels of one generation, packed to be searched without Redis. */
export class ChannelIndex {
  readonly generation: number
  /** False: the catalogue exceeds the index, which holds only its first channels. */
  readonly isComplete: boolean
  readonly #blocks: readonly Block[]

  private constructor(generation: number, blocks: readonly Block[], isComplete: boolean) {
    this.generation = generation
    this.#blocks = blocks
    this.isComplete = isComplete
  }

  /** Reads the channels page by page, so other work gets its turn in between. */
  static async build(
    generation: number,
    channels: AsyncIterable<CatalogChannel>,
    maxBytes: number,
  ): Promise<ChannelIndex> {
    const blocks: Block[] = []
    let bytes = 0
    let lines: string[] = []
    const pack = (): void => {
      const block = { lines: Buffer.from(lines.join('\n')), count: lines.length }
      blocks.push(block)
      bytes += block.lines.length
      lines = []
    }
    for await (const channel of channels) {
      if (bytes >= maxBytes) return new ChannelIndex(generation, blocks, false)
      lines.push(textOf(lineOf(channel)))
      if (lines.length === CHANNELS_PER_BLOCK) pack()
    }
    if (lines.length > 0) pack()
    return new ChannelIndex(generation, blocks, true)
  }

  get channelCount(): number {
    return this.#blocks.reduce((sum, { count }) => sum + count, 0)
  }

  get bytes(): number {
    return this.#blocks.reduce((sum, { lines }) => sum + lines.length, 0)
  }

  /**
   * The first channels whose name or group contains the text; all match an empty one.
   *
   * @throws the signal's reason when it aborts
   */
  async search(text: string, max: number, signal: AbortSignal): Promise<readonly ChannelLine[]> {
    const wanted = onOneLine(text).trim().toLowerCase()
    const found: ChannelLine[] = []
    for (const [index, { lines }] of this.#blocks.entries()) {
      if (index % BLOCKS_PER_TURN === BLOCKS_PER_TURN - 1) await nextTurn()
      signal.throwIfAborted()
      const block = lines.toString()
      if (!block.toLowerCase().includes(wanted)) continue
      for (const line of block.split('\n')) {
        const [id, name, group] = line.split('\t') as [string, string, string]
        if (!name.toLowerCase().includes(wanted) && !group.toLowerCase().includes(wanted)) continue
        found.push({ id, name, group })
        if (found.length === max) return found
      }
    }
    return found
  }
}

export function lineOf({ id, name, attributes }: CatalogChannel): ChannelLine {
  return { id, name, group: attributeValue(attributes, 'group-title') ?? '' }
}

function textOf({ id, name, group }: ChannelLine): string {
  return [id, name, group].map(onOneLine).join('\t')
}

function onOneLine(text: string): string {
  return text.replace(/[\t\n]/g, ' ')
}
