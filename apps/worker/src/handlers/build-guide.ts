import { setImmediate as nextTurn } from 'node:timers/promises'
import { BUCKETS, type GuideLists, type GuideStore, type GuideWriter } from '@kptv/catalog'
import { type GuideWindow, mergeProgrammes, type Programme, type ReadProgramme } from '@kptv/guide'
import type { JobHandler } from '@kptv/jobs'
import type { Logger } from '@kptv/logging'
import type { Guide } from '../guides/guide.ts'
import type { PastDays } from '../guides/past-days.ts'

const DAY_MS = 24 * 60 * 60_000
/** The window moves by this much at a time: without new guides, nothing is built more often. */
const WINDOW_STEP_MS = 6 * 60 * 60_000

type BuildGuideOptions = {
  /** In order of preference. */
  readonly guides: () => Promise<readonly Guide[]>
  readonly lists: Pick<GuideLists, 'goodGuide' | 'readBucket' | 'readMatches'>
  readonly store: Pick<GuideStore, 'current' | 'info'>
  readonly writer: GuideWriter
  /** How many days of programmes are kept before and after today. */
  readonly pastDays: () => Promise<PastDays>
  readonly daysAhead: number
  readonly logger: Logger
  readonly nowMs?: () => number
}

type GoodGuide = { readonly id: string; readonly version: number }

/**
 * Merges the good versions of all guides into the next guide, one bucket of channels after the
 * other. Nothing is built when the current one was made from the same versions in the same window.
 */
export function createBuildGuide(options: BuildGuideOptions): JobHandler<'build-guide'> {
  const { guides, lists, store, writer, pastDays, daysAhead, logger, nowMs = Date.now } = options

  async function handle(_data: unknown, { signal }: { readonly signal: AbortSignal }): Promise<void> {
    const good = await findGoodGuides()
    const past = await pastDays()
    const stepMs = Math.floor(nowMs() / WINDOW_STEP_MS) * WINDOW_STEP_MS
    const windowOf = (channelId: string): GuideWindow => ({
      fromMs: stepMs - past.of(channelId) * DAY_MS,
      toMs: stepMs + daysAhead * DAY_MS,
    })
    const inputs = JSON.stringify({ guides: good, stepMs, daysAhead, past: past.digest })
    const current = await store.current()
    if (current !== undefined && (await store.info(current))?.inputs === inputs) {
      return logger.debug({}, 'guide is up to date')
    }
    if (current === undefined && good.length === 0) return logger.debug({}, 'no guide to build from')
    const next = await writer.begin()
    let matched = 0
    try {
      for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
        signal.throwIfAborted()
        await next.write(await mergeBucket(bucket, good, windowOf))
        matched += await countMatched(bucket, good)
        await nextTurn()
      }
      const outcome = await next.finish({ builtAt: new Date(nowMs()).toISOString(), inputs, matched })
      if (outcome === 'incomplete') throw new Error('Redis lost a part of the new guide')
      if (outcome === 'older') await next.discard()
      logger.info({ guides: good.length, ...next.counts(), matched, outcome }, 'guide built')
    } catch (error) {
      await next.discard().catch(() => {})
      throw error
    }
  }

  async function findGoodGuides(): Promise<GoodGuide[]> {
    const found: GoodGuide[] = []
    for (const { id } of await guides()) {
      const good = await lists.goodGuide(id)
      if (good !== undefined) found.push({ id, version: good.goodVersion })
    }
    return found
  }

  async function countMatched(bucket: number, good: readonly GoodGuide[]): Promise<number> {
    const matched = new Set<string>()
    for (const { id, version } of good) {
      for (const { channelId } of await lists.readMatches(id, version, bucket)) matched.add(channelId)
    }
    return matched.size
  }

  async function mergeBucket(bucket: number, good: readonly GoodGuide[], windowOf: (channelId: string) => GuideWindow) {
    const byChannel = new Map<string, ReadProgramme[][]>()
    for (const [place, { id, version }] of good.entries()) {
      for await (const pack of lists.readBucket(id, version, bucket)) {
        for (const { channelId, programme } of pack) {
          const guidesOfChannel = byChannel.get(channelId) ?? good.map(() => [])
          byChannel.set(channelId, guidesOfChannel)
          guidesOfChannel[place]?.push(programme)
        }
        await nextTurn()
      }
    }
    const merged = new Map<string, Programme[]>()
    for (const [channelId, guidesOfChannel] of byChannel) {
      merged.set(channelId, mergeProgrammes(guidesOfChannel, windowOf(channelId)))
    }
    return merged
  }

  return { name: 'build-guide', handle }
}
