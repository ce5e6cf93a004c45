import type { CatalogChannel } from '@kptv/catalog'
import { type StatusOptions, sourceLines } from '../status.ts'
import type { ChannelLine, HomePage } from './routes/home.ts'

/** A search reads so many channels at most: the page is for a look, not for reading a catalogue of any size. */
const MOST_READ = 20_000

/** Reads from Redis what the page for people shows. */
export function createHomePage(baseUrl: string | undefined, parts: StatusOptions): HomePage {
  const { catalog } = parts
  return {
    baseUrl,
    sources: () => sourceLines(parts),

    async channelCount() {
      const generation = await catalog.currentGeneration()
      const info = generation === undefined ? undefined : await catalog.info(generation)
      return info?.channels ?? 0
    },

    async channels(text, most) {
      const generation = await catalog.currentGeneration()
      if (generation === undefined) return []
      const found: ChannelLine[] = []
      let read = 0
      for await (const channel of catalog.channelsInOrder(generation)) {
        const line = lineOf(channel)
        if (holds(line, text)) found.push(line)
        read += 1
        if (found.length >= most || read >= MOST_READ) break
      }
      return found
    },
  }
}

function lineOf({ id, name, attributes }: CatalogChannel): ChannelLine {
  return { id, name, group: attributes.find(([key]) => key.toLowerCase() === 'group-title')?.[1] ?? '' }
}

function holds({ name, group }: ChannelLine, text: string): boolean {
  const wanted = text.trim().toLowerCase()
  return name.toLowerCase().includes(wanted) || group.toLowerCase().includes(wanted)
}
