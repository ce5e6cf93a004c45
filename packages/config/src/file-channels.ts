import type { FileProblem } from './read-yaml.ts'
import type { WrittenChannel } from './source-shape.ts'

/** What `SOURCES_FILE` wants to be different about a channel. */
export type FileChannel = {
  /** Id or name of the channel, as the lists have it. */
  readonly channel: string
  readonly hide?: boolean
  readonly rename?: string
  readonly number?: string
  readonly group?: string
  readonly logo?: string
  readonly guideId?: string
  readonly order?: number
}

/** Without the fields that were not written. */
export function toFileChannel(written: WrittenChannel): FileChannel {
  const given = Object.entries(written).filter(([, value]) => value !== undefined)
  return Object.fromEntries(given) as FileChannel
}

/** A channel that is there twice: one of its items would have no effect. */
export function doubleChannels(channels: readonly WrittenChannel[], lineOf: (index: number) => number): FileProblem[] {
  const seen = new Set<string>()
  return channels.flatMap(({ channel }, index) => {
    if (!seen.has(channel)) {
      seen.add(channel)
      return []
    }
    return [{ line: lineOf(index), message: `channel: ${JSON.stringify(channel)} is in the list already` }]
  })
}
