import type { GuideNowAnswer, GuideProgramme } from '@kptv/contract'
import { computed } from '@preact/signals'
import { createViewerRemote } from './viewer.ts'

type NowAndNext = { readonly now?: GuideProgramme | undefined; readonly next?: GuideProgramme | undefined }

const EVERY_MS = 60_000

/** What is on, and next, of some channels; nothing where there is no guide. */
export function createNowPlaying(idsOf: () => readonly string[]) {
  const answer = createViewerRemote<GuideNowAnswer>(
    () => {
      const ids = idsOf()
      return ids.length === 0 ? undefined : `api/guide/now?channels=${ids.join(',')}`
    },
    { everyMs: EVERY_MS },
  )
  return computed<ReadonlyMap<string, NowAndNext>>(
    () => new Map((answer.value.answer?.channels ?? []).map((channel) => [channel.id, channel])),
  )
}
