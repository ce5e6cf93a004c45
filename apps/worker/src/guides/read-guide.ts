import type { StagedProgramme } from '@kptv/catalog'
import { type GuideFacts, GuideMatcher, GuideReader, type ProgrammeOptions, shiftProgramme } from '@kptv/guide'
import type { WantedChannels } from './wanted-channels.ts'

export type ReadGuideOptions = {
  readonly chunks: AsyncIterable<Buffer>
  readonly wanted: WantedChannels
  /** How the guide's times are read. */
  readonly times: ProgrammeOptions
  /** Programmes that ended before are left out: nobody can play what was shown then. */
  readonly fromMs: number
  /** Of an earlier pass, which has found the channels of the guide. */
  readonly matcher?: GuideMatcher | undefined
  /** Takes programmes piece by piece; awaited, so that memory stays bounded. */
  readonly write: (programmes: readonly StagedProgramme[]) => Promise<void>
  /** Lets other work of the process have its turn; throws when the job must stop. */
  readonly pause: () => Promise<void>
}

export type ReadGuideResult = {
  readonly facts: GuideFacts
  /** With those that are left out. */
  readonly matchedProgrammes: number
  /** Which channels of the catalogue found their guide. */
  readonly matcher: GuideMatcher
  /**
   * Channels that stand behind programmes changed the matches: read the guide once more with this
   * matcher.
   */
  readonly isIncomplete: boolean
}

/** Some milliseconds of work between two pauses. */
const SLICE_BYTES = 32 * 1024

/** Of one channel: five weeks in steps of three minutes. */
export const MAX_PROGRAMMES = 20_000
/** A programme without a stop may last this long. */
const MAX_LENGTH_MS = 48 * 60 * 60_000

/** Reads the programmes of wanted channels from a guide, at constant memory. */
export async function readGuide(options: ReadGuideOptions): Promise<ReadGuideResult> {
  const { chunks, wanted, times, fromMs, matcher = new GuideMatcher(wanted.index), write, pause } = options
  let hasProgrammes = false
  let isIncomplete = false
  let matchedProgrammes = 0
  let aboveLimit = 0
  const counts = new Uint16Array(wanted.index.size)
  let pending: StagedProgramme[] = []

  const reader = new GuideReader({
    onChannel(channel) {
      const { version } = matcher
      matcher.add(channel)
      if (hasProgrammes && matcher.version !== version) isIncomplete = true
    },
    wanted(guideChannelId) {
      hasProgrammes = true
      return matcher.receivers(guideChannelId).length > 0 ? times : undefined
    },
    onProgramme(guideChannelId, programme) {
      for (const channel of matcher.receivers(guideChannelId)) {
        matchedProgrammes += 1
        const shifted = shiftProgramme(programme, wanted.index.shiftOf(channel))
        if ((shifted.stopMs ?? shifted.startMs + MAX_LENGTH_MS) < fromMs) continue
        const count = (counts[channel] ?? 0) + 1
        if (count > MAX_PROGRAMMES) {
          aboveLimit += 1
          continue
        }
        counts[channel] = count
        pending.push({ channelId: wanted.index.idOf(channel), programme: shifted })
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
  if (aboveLimit > 0) facts.skipped['programme-above-limit'] = aboveLimit
  return { facts, matchedProgrammes, matcher, isIncomplete }

  async function writePending(): Promise<void> {
    if (pending.length === 0) return
    const programmes = pending
    pending = []
    await write(programmes)
  }
}
