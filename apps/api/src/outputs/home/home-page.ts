import type { CatalogChannel, CatalogReader, SourceState } from '@kptv/catalog'
import type { Source, SourceBook } from '@kptv/config'
import { attributeValue } from '@kptv/playlist'
import { describeImport, readSource, type SourceParts } from '../../status/source-facts.ts'

export type SourceLine = {
  readonly name: string
  /** How its last import went, in a sentence. */
  readonly state: string
  readonly healthy: boolean
  /** What is wrong, and since when; stays while the next import is under way. */
  readonly alarm: string | undefined
  /** How to take the list that was put aside, if there is one. */
  readonly remedy: { readonly text: string; readonly command: string } | undefined
  /** `2 of 5` */
  readonly connections: string
}

export type ChannelLine = { readonly id: string; readonly name: string; readonly group: string }

/** What the page for people shows. Reading throws when Redis is away. */
export type HomePage = {
  readonly baseUrl: string | undefined
  sources(): Promise<readonly SourceLine[]>
  /** What is wrong with the file of sources; empty while it is in use. */
  fileProblems(): readonly string[]
  channelCount(): Promise<number>
  /** The first channels whose name or group holds the text; all when it is empty. */
  channels(text: string, most: number): Promise<readonly ChannelLine[]>
}

export type HomePageParts = SourceParts & {
  readonly sources: () => readonly Source[]
  readonly book: Pick<SourceBook, 'problems'>
  readonly catalog: CatalogReader
}

/** A search reads so many channels at most: the page is for a look, not for reading a catalogue of any size. */
const MAX_READ = 20_000

/** Reads from Redis what the page for people shows. */
export function createHomePage(baseUrl: string | undefined, parts: HomePageParts): HomePage {
  const { catalog } = parts
  return {
    baseUrl,
    sources: () => Promise.all(parts.sources().map((source) => lineOfSource(source, parts))),

    fileProblems: () => parts.book.problems(),

    async channelCount() {
      const generation = await catalog.currentGeneration()
      const info = generation === undefined ? undefined : await catalog.info(generation)
      return info?.channels ?? 0
    },

    async channels(text, most) {
      const generation = await catalog.currentGeneration()
      if (generation === undefined) return []
      const wanted = text.trim().toLowerCase()
      const found: ChannelLine[] = []
      let read = 0
      for await (const channel of catalog.channelsInOrder(generation)) {
        const line = lineOf(channel)
        if (holds(line, wanted)) found.push(line)
        read += 1
        if (found.length >= most || read >= MAX_READ) break
      }
      return found
    },
  }
}

async function lineOfSource(source: Source, parts: SourceParts): Promise<SourceLine> {
  const { name, limit, slots, import: state } = await readSource(source, parts)
  return {
    name,
    state: describeImport(state),
    healthy: state.alarm === undefined,
    alarm: state.alarm && `Since ${state.alarm.since}: ${state.alarm.message}. ${whatIsServed(state)}`,
    remedy: state.quarantine && {
      text: `The new list with ${state.quarantine.entries.toLocaleString('en')} entries is put aside. If it is right, an operator can take it:`,
      command: `curl -X POST http://<admin host>:<admin port>/sources/${source.id}/accept`,
    },
    connections: `${slots.length} of ${limit}`,
  }
}

function whatIsServed({ goodVersion }: SourceState): string {
  return goodVersion === undefined ? 'Nothing of it can be served yet.' : 'The last good list is served.'
}

function lineOf({ id, name, attributes }: CatalogChannel): ChannelLine {
  return { id, name, group: attributeValue(attributes, 'group-title') ?? '' }
}

function holds({ name, group }: ChannelLine, wanted: string): boolean {
  return name.toLowerCase().includes(wanted) || group.toLowerCase().includes(wanted)
}
