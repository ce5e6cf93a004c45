import type { GuideStore } from '@kptv/catalog'
import type { GuideAnswer, GuideNowAnswer, GuideProgramme } from '@kptv/contract'
import type { GuideWindow, Programme } from '@kptv/guide'
import { type BoundedQueue, createBoundedQueue } from '../../rendered/bounded-queue.ts'
import { nowAndNext, shownProgramme, within } from './shown-programmes.ts'

/** Requests that may wait or run. */
const MAX_PENDING = 32
/** Characters of one answer, after which programmes are left out. */
const MAX_LENGTH = 4 * 1024 * 1024

export type ProgrammeReader = ReturnType<typeof createProgrammeReader>

/**
 * Programmes of some channels as JSON. Few requests are read at a time; both functions throw
 * `QueueFullError` when too many wait, the signal's reason when it aborts first, and when Redis is
 * away.
 */
export function createProgrammeReader(
  guide: Pick<GuideStore, 'current' | 'programmes'>,
  queue: BoundedQueue = createBoundedQueue({ concurrency: 2, maxPending: MAX_PENDING }),
) {
  async function* programmesOf(ids: readonly string[]): AsyncGenerator<readonly [string, readonly Programme[]]> {
    const number = await guide.current()
    const lists = number === undefined ? undefined : guide.programmes(number, ids)
    for (const id of ids) yield [id, (await lists?.next())?.value ?? []]
  }

  async function readWindow(ids: readonly string[], window: GuideWindow): Promise<GuideAnswer> {
    const channels: Array<GuideAnswer['channels'][number]> = []
    let length = 0
    for await (const [id, list] of programmesOf(ids)) {
      const programmes: GuideProgramme[] = []
      for (const programme of within(list, window)) {
        if (length > MAX_LENGTH) break
        const shown = shownProgramme(programme)
        length += JSON.stringify(shown).length
        programmes.push(shown)
      }
      channels.push({ id, programmes })
    }
    const [from, to] = [window.fromMs, window.toMs].map((ms) => new Date(ms).toISOString()) as [string, string]
    return { from, to, complete: length <= MAX_LENGTH, channels }
  }

  async function readNow(ids: readonly string[], atMs: number): Promise<GuideNowAnswer> {
    const channels: Array<GuideNowAnswer['channels'][number]> = []
    for await (const [id, list] of programmesOf(ids)) channels.push({ id, ...nowAndNext(list, atMs) })
    return { at: new Date(atMs).toISOString(), channels }
  }

  return {
    window: (ids: readonly string[], window: GuideWindow, signal: AbortSignal) =>
      queue.run(() => readWindow(ids, window), signal),
    now: (ids: readonly string[], atMs: number, signal: AbortSignal) => queue.run(() => readNow(ids, atMs), signal),
  }
}
