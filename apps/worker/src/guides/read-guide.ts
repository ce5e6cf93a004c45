import type { GuideMatch, StagedProgramme } from '@kptv/catalog'
import {
  type GuideChannel,
  type GuideFacts,
  GuideMatcher,
  GuideReader,
  type MatchedBy,
  type MatchOptions,
  type ProgrammeOptions,
} from '@kptv/guide'
import type { WantedChannels } from './wanted-channels.ts'

export type ReadGuideOptions = {
  readonly chunks: AsyncIterable<Buffer>
  readonly wanted: WantedChannels
  readonly matching: MatchOptions
  /** How the guide's times are read. */
  readonly times: ProgrammeOptions
  /** Channels of the guide that an earlier pass has found. */
  readonly knownChannels?: readonly GuideChannel[]
  /** Takes programmes piece by piece; awaited, so that memory stays bounded. */
  readonly write: (programmes: readonly StagedProgramme[]) => Promise<void>
  /** Lets other work of the process have its turn; throws when the job must stop. */
  readonly pause: () => Promise<void>
}

export type ReadGuideResult = {
  readonly facts: GuideFacts
  /**
   * Those of its channels that some channel of the catalogue was matched to: most guides have far
   * more.
   */
  readonly channels: readonly GuideChannel[]
  readonly matchedProgrammes: number
  /** The channels of the catalogue that found their guide. */
  readonly matches: readonly (GuideMatch & { readonly by: MatchedBy })[]
  /**
   * Channels that stand behind programmes changed the matches: read the guide once more with
   * `channels` known.
   */
  readonly isIncomplete: boolean
}

/** Some milliseconds of work between two pauses. */
const SLICE_BYTES = 32 * 1024

/** Reads the programmes of wanted channels from a guide, at constant memory. */
export async function readGuide(options: ReadGuideOptions): Promise<ReadGuideResult> {
  const { chunks, wanted, matching, times, knownChannels = [], write, pause } = options
  const matcher = new GuideMatcher(wanted.channels, matching)
  const channels: GuideChannel[] = []
  let hasProgrammes = false
  let isIncomplete = false
  let matchedProgrammes = 0
  let pending: StagedProgramme[] = []
  for (const channel of knownChannels) matcher.add(channel)

  const reader = new GuideReader({
    onChannel(channel) {
      const { version } = matcher
      matcher.add(channel)
      if (matcher.version === version) return
      channels.push(channel)
      if (hasProgrammes) isIncomplete = true
    },
    wanted(guideChannelId) {
      hasProgrammes = true
      return matcher.receivers(guideChannelId).size > 0 ? times : undefined
    },
    onProgramme(guideChannelId, { startMs, stopMs, body }) {
      for (const channelId of matcher.receivers(guideChannelId)) {
        const shiftMs = wanted.shiftMs.get(channelId) ?? 0
        const programme = { startMs: startMs + shiftMs, stopMs: stopMs && stopMs + shiftMs, body }
        pending.push({ channelId, programme })
        matchedProgrammes += 1
      }
    },
  })

  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; at += SLICE_BYTES) {
      reader.push(chunk.subarray(at, at + SLICE_BYTES))
      await writePending()
      await pause()
    }
  }
  const facts = reader.end()
  await writePending()
  return { facts, channels, matchedProgrammes, matches: matchesOf(matcher), isIncomplete }

  async function writePending(): Promise<void> {
    if (pending.length === 0) return
    const programmes = pending
    pending = []
    await write(programmes)
  }
}

function matchesOf({ matches }: GuideMatcher): ReadGuideResult['matches'] {
  return Array.from(matches, ([channelId, { guideChannelId, by }]) => ({ channelId, guideChannelId, by }))
}
